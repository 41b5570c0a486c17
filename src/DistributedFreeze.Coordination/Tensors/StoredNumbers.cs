using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Coordination.Tensors;

/// <summary>Little-endian numbers that lie one after another in a file, read as 32-bit floats.</summary>
/// <remarks>Every read is one at a position, so threads may share the file. Nothing here is larger than 64 KiB but the destination.</remarks>
internal static class StoredNumbers
{
    private const int ChunkBytes = 1 << 16;

    /// <summary>Reads and converts.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where the first number begins, in bytes.</param>
    /// <param name="type">Their type, as <see cref="ElementType"/> spells it.</param>
    /// <param name="destination">Receives them; as long as there are numbers.</param>
    /// <returns>False for a type that is not read.</returns>
    /// <exception cref="InvalidDataException">The file ends before them.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool TryRead(SafeFileHandle file, long offset, string type, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.F32:
                ReadSingles(file, offset, destination);
                return true;
            case ElementType.F16:
                ReadConverted<ushort>(file, offset, destination, bits => (float)BitConverter.UInt16BitsToHalf(bits));
                return true;
            case ElementType.BF16:
                ReadConverted<ushort>(file, offset, destination, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
                return true;
            case ElementType.F64:
                ReadConverted<ulong>(file, offset, destination, bits => (float)BitConverter.UInt64BitsToDouble(bits));
                return true;
            case ElementType.I64:
                ReadConverted<ulong>(file, offset, destination, bits => (long)bits);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Fills a span from a position.</summary>
    /// <exception cref="InvalidDataException">The file ends before it is full.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static void ReadExactly(SafeFileHandle file, Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(file, destination, offset);
            if (read == 0)
            {
                throw new InvalidDataException("it is cut short");
            }

            destination = destination[read..];
            offset += read;
        }
    }

    private static void ReadSingles(SafeFileHandle file, long offset, Span<float> destination)
    {
        ReadExactly(file, MemoryMarshal.AsBytes(destination), offset);
        if (!BitConverter.IsLittleEndian)
        {
            var bits = MemoryMarshal.Cast<float, int>(destination);
            BinaryPrimitives.ReverseEndianness(bits, bits);
        }
    }

    private static void ReadConverted<T>(SafeFileHandle file, long offset, Span<float> destination, Func<T, float> convert)
        where T : unmanaged
    {
        var size = Marshal.SizeOf<T>();
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (var done = 0; done < destination.Length;)
            {
                var count = Math.Min(ChunkBytes / size, destination.Length - done);
                var bytes = buffer.AsSpan(0, count * size);
                ReadExactly(file, bytes, offset + ((long)done * size));
                if (!BitConverter.IsLittleEndian)
                {
                    for (var i = 0; i < count; i++)
                    {
                        bytes.Slice(i * size, size).Reverse();
                    }
                }

                var values = MemoryMarshal.Cast<byte, T>(bytes);
                for (var i = 0; i < count; i++)
                {
                    destination[done + i] = convert(values[i]);
                }

                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
