using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>Reads a file's structures for one operation, within its length and within a budget.</summary>
/// <remarks>
/// The budget ends what refers to itself and what is merely endless; the bounds of a single read keep a length that a file only
/// claims from being allocated. Not thread-safe; many may share a file.
/// </remarks>
internal sealed class Hdf5Reader(SafeFileHandle file, long start, long length)
{
    /// <summary>An address that stands for none.</summary>
    public const ulong Nowhere = ulong.MaxValue;

    private const int MostAtOnce = 1 << 24;
    private const int LeastCharge = 256; // a read costs time however short it is
    private long _budget = 1 << 27; // bytes of structures; a ResNet50's are 2 MB

    /// <summary>Bytes of the file.</summary>
    public long Length => length;

    /// <summary>Reads one structure.</summary>
    /// <exception cref="InvalidDataException">It would lie outside the file, or is larger, or one of more, than a weight file needs.</exception>
    public byte[] Read(ulong address, ulong count)
    {
        Require(address, count);
        _budget -= Math.Max((long)count, LeastCharge);
        if (count > MostAtOnce || _budget < 0)
        {
            throw new InvalidDataException("its structures are larger than those of any weight file, or refer to one another without end");
        }

        var bytes = new byte[count];
        ReadData(address, bytes);
        return bytes;
    }

    /// <summary>Reads elements, whose number the caller has bounded.</summary>
    /// <exception cref="InvalidDataException">They would lie outside the file.</exception>
    public void ReadData(ulong address, Span<byte> destination)
    {
        Require(address, (ulong)destination.Length);
        for (var position = start + (long)address; !destination.IsEmpty;)
        {
            var read = RandomAccess.Read(file, destination, position);
            if (read == 0)
            {
                throw new InvalidDataException("it was cut short while it was read");
            }

            position += read;
            destination = destination[read..];
        }
    }

    /// <summary>Refuses what would lie outside the file.</summary>
    public void Require(ulong address, ulong count)
    {
        if (address > (ulong)length || count > (ulong)length - address)
        {
            throw new InvalidDataException($"it is damaged or cut short: a part of it would lie outside its {length} bytes");
        }
    }
}
