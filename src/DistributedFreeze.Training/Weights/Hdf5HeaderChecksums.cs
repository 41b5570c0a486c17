using System.Buffers.Binary;
using System.Numerics;

namespace DistributedFreeze.Training.Weights;

/// <summary>The checksums of an HDF5 file's newer object headers, which the HDF5 library we use does not look at. Pure and thread-safe.</summary>
/// <remarks>
/// HDF5 File Format Specification 3.0, section IV.A.1.b: version 2 of an object header begins with <c>OHDR</c> and ends with Bob Jenkins's
/// lookup3 hash of all before. A damaged one can turn a group into a link to itself, over which the library's stack overflows without
/// a single read. Older headers have no checksum, but following them takes reads, which <see cref="WatchedStream"/> counts.
/// </remarks>
internal static class Hdf5HeaderChecksums
{
    private static ReadOnlySpan<byte> Start => "OHDR\u0002"u8;

    /// <summary>Checks every header in the bytes; that other data looks like one has a chance of about 1 in 10^12 at each byte.</summary>
    /// <exception cref="InvalidDataException">A checksum is wrong.</exception>
    public static void Check(ReadOnlySpan<byte> file)
    {
        for (var at = file.IndexOf(Start); at >= 0;)
        {
            CheckOne(file[at..]);
            var next = file[(at + 1)..].IndexOf(Start);
            at = next < 0 ? -1 : at + 1 + next;
        }
    }

    private static void CheckOne(ReadOnlySpan<byte> header)
    {
        const int Reserved = 0xc0, Times = 0x20, PhaseChange = 0x10, ShortestPossible = 32;
        if (header.Length < ShortestPossible || (header[5] & Reserved) != 0)
        {
            return;
        }

        var position = 6 + ((header[5] & Times) != 0 ? 16 : 0) + ((header[5] & PhaseChange) != 0 ? 4 : 0);
        var width = 1 << (header[5] & 3);
        var size = 0UL;
        for (var i = width - 1; i >= 0 && position + i < header.Length; i--)
        {
            size = (size << 8) | header[position + i];
        }

        var left = header.Length - position - width - sizeof(uint);
        if (left < 0 || size > (ulong)left)
        {
            throw new InvalidDataException("it is damaged: an object header is longer than the file");
        }

        var length = position + width + (int)size;
        if (Lookup3(header[..length]) != BinaryPrimitives.ReadUInt32LittleEndian(header[length..]))
        {
            throw new InvalidDataException("it is damaged: an object header has a wrong checksum");
        }
    }

    /// <summary>hashlittle of lookup3.c (Bob Jenkins, May 2006, public domain), beginning with 0.</summary>
    private static uint Lookup3(ReadOnlySpan<byte> key)
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
