using System.Buffers.Binary;
using System.Numerics;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>The two checksums of HDF5. Pure and thread-safe.</summary>
internal static class Hdf5Checksum
{
    /// <summary>Refuses a structure whose last four bytes are not the checksum of those before.</summary>
    /// <exception cref="InvalidDataException">They are not.</exception>
    public static void Check(ReadOnlySpan<byte> structure)
    {
        if (structure.Length < sizeof(uint) || Lookup3(structure[..^sizeof(uint)]) != BinaryPrimitives.ReadUInt32LittleEndian(structure[^sizeof(uint)..]))
        {
            throw new InvalidDataException("it is damaged: one of its structures has a wrong checksum");
        }
    }

    /// <summary>The filter's checksum of a chunk (H5_checksum_fletcher32 of H5checksum.c).</summary>
    public static uint Fletcher32(ReadOnlySpan<byte> bytes)
    {
        var (low, high) = (0u, 0u);
        for (var i = 0; i < bytes.Length; i += 2)
        {
            low += (uint)(bytes[i] << 8) | (i + 1 < bytes.Length ? bytes[i + 1] : 0u);
            low = (low & 0xffff) + (low >> 16);
            high += low;
            high = (high & 0xffff) + (high >> 16);
        }

        return (high << 16) | low;
    }

    /// <summary>hashlittle of lookup3.c (Bob Jenkins, May 2006, public domain), beginning with 0.</summary>
    public static uint Lookup3(ReadOnlySpan<byte> key)
    {
        var a = unchecked(0xdeadbeef + (uint)key.Length);
        var (b, c) = (a, a);
        for (; key.Length > 12; key = key[12..])
        {
            Add(key, ref a, ref b, ref c);
            a = (a - c) ^ BitOperations.RotateLeft(c, 4);
            c += b;
            b = (b - a) ^ BitOperations.RotateLeft(a, 6);
            a += c;
            c = (c - b) ^ BitOperations.RotateLeft(b, 8);
            b += a;
            a = (a - c) ^ BitOperations.RotateLeft(c, 16);
            c += b;
            b = (b - a) ^ BitOperations.RotateLeft(a, 19);
            a += c;
            c = (c - b) ^ BitOperations.RotateLeft(b, 4);
            b += a;
        }

        Span<byte> last = stackalloc byte[12];
        last.Clear();
        key.CopyTo(last);
        Add(last, ref a, ref b, ref c);
        c = (c ^ b) - BitOperations.RotateLeft(b, 14);
        a = (a ^ c) - BitOperations.RotateLeft(c, 11);
        b = (b ^ a) - BitOperations.RotateLeft(a, 25);
        c = (c ^ b) - BitOperations.RotateLeft(b, 16);
        a = (a ^ c) - BitOperations.RotateLeft(c, 4);
        b = (b ^ a) - BitOperations.RotateLeft(a, 14);
        return (c ^ b) - BitOperations.RotateLeft(b, 24);
    }

    private static void Add(ReadOnlySpan<byte> block, ref uint a, ref uint b, ref uint c)
    {
        a += BinaryPrimitives.ReadUInt32LittleEndian(block);
        b += BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        c += BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);
    }
}
