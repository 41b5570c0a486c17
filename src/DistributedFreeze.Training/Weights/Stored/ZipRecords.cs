using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text;
using DistributedFreeze.Coordination.Tensors;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Training.Weights.Stored;

/// <summary>Where a record of an archive lies.</summary>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Length">Its bytes; they lie within the file.</param>
internal readonly record struct ZipRecord(long Offset, long Length);

/// <summary>The uncompressed records of a zip archive, by name, to be read in place.</summary>
/// <remarks>
/// <para>
/// torch.save and Keras 3 store their records uncompressed, so that they can be read at a position. System.IO.Compression's ZipArchive
/// gives a record only as a stream that cannot seek and that no two threads may read; a tensor in the middle of a storage and an HDF5 file
/// within an archive need more. Compressed records are left out.
/// </para>
/// <para>
/// Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end, also of
/// ZIP64) and 4.5.3 (ZIP64's field). Only what the directory says is looked at; it is bounded by the file before it is read.
/// </para>
/// </remarks>
internal static class ZipRecords
{
    private const int EndLength = 22;
    private const int LongestComment = ushort.MaxValue;
    private const int LocatorLength = 20;
    private const int End64Length = 56;
    private const int EntryLength = 46;
    private const int LocalLength = 30;
    private const int LongestDirectory = 1 << 22; // a ResNet50's is 30 kB
    private const uint InZip64 = uint.MaxValue;

    /// <summary>Lists an archive.</summary>
    /// <param name="file">The archive.</param>
    /// <exception cref="InvalidDataException">It is no zip archive, is cut short or damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FrozenDictionary<string, ZipRecord> Of(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var (offset, bytes) = Directory(file, length);
        if (bytes > LongestDirectory || offset < 0 || bytes < 0 || offset > length - bytes)
        {
            throw Damaged("its directory would lie outside of it, or is larger than that of any weight file");
        }

        var directory = new byte[bytes];
        StoredNumbers.ReadExactly(file, directory, offset);
        var records = new Dictionary<string, ZipRecord>(StringComparer.Ordinal);
        for (var rest = directory.AsSpan(); !rest.IsEmpty;)
        {
            if (rest.Length < EntryLength || !rest.StartsWith("PK\u0001\u0002"u8))
            {
                throw Damaged("its directory is none");
            }

            var (nameLength, extraLength, commentLength) = (UInt16(rest, 28), UInt16(rest, 30), UInt16(rest, 32));
            var whole = EntryLength + nameLength + extraLength + commentLength;
            if (whole > rest.Length)
            {
                throw Damaged("its directory is cut short");
            }

            Add(file, length, rest[..whole], nameLength, extraLength, records);
            rest = rest[whole..];
        }

        return records.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static void Add(SafeFileHandle file, long length, ReadOnlySpan<byte> entry, int nameLength, int extraLength, Dictionary<string, ZipRecord> records)
    {
        var name = Encoding.UTF8.GetString(entry.Slice(EntryLength, nameLength));
        var (flags, method) = (UInt16(entry, 8), UInt16(entry, 10));
        const int Encrypted = 1;
        if (method != 0 || (flags & Encrypted) != 0)
        {
            return;
        }

        // ZIP64's field holds, in this order, those of the three that the entry itself has no room for.
        var extra = Zip64(entry.Slice(EntryLength + nameLength, extraLength));
        long Take(uint value, ref ReadOnlySpan<byte> from)
        {
            if (value != InZip64)
            {
                return value;
            }

            if (from.Length < sizeof(long))
            {
                throw Damaged("its directory is cut short");
            }

            var taken = BinaryPrimitives.ReadInt64LittleEndian(from);
            from = from[sizeof(long)..];
            return taken;
        }

        var bytes = Take(UInt32(entry, 24), ref extra);
        var stored = Take(UInt32(entry, 20), ref extra);
        var header = Take(UInt32(entry, 42), ref extra);
        if (bytes != stored || header < 0 || header > length - LocalLength)
        {
            throw Damaged("a record of it would lie outside of it");
        }

        Span<byte> local = stackalloc byte[LocalLength];
        StoredNumbers.ReadExactly(file, local, header);
        var offset = header + LocalLength + UInt16(local, 26) + UInt16(local, 28);
        if (!local.StartsWith("PK\u0003\u0004"u8) || bytes < 0 || offset > length - bytes)
        {
            throw Damaged("a record of it would lie outside of it");
        }

        if (!records.TryAdd(name, new(offset, bytes)))
        {
            throw Damaged("it holds two records of one name");
        }
    }

    /// <returns>Where the directory begins, and its bytes; neither is checked.</returns>
    private static (long Offset, long Bytes) Directory(SafeFileHandle file, long length)
    {
        var tail = new byte[Math.Min(length, EndLength + LongestComment + LocatorLength)];
        StoredNumbers.ReadExactly(file, tail, length - tail.Length);
        var end = tail.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0 || end > tail.Length - EndLength)
        {
            throw Damaged("it has no directory at its end");
        }

        var (bytes, offset) = (UInt32(tail, end + 12), UInt32(tail, end + 16));
        if (bytes != InZip64 && offset != InZip64)
        {
            return (offset, bytes);
        }

        var locator = end - LocatorLength;
        if (locator < 0 || !tail.AsSpan(locator).StartsWith("PK\u0006\u0007"u8))
        {
            throw Damaged("its directory is said to be ZIP64's, which is not there");
        }

        var at = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(locator + 8));
        if (at < 0 || at > length - End64Length)
        {
            throw Damaged("its directory would lie outside of it");
        }

        Span<byte> end64 = stackalloc byte[End64Length];
        StoredNumbers.ReadExactly(file, end64, at);
        return end64.StartsWith("PK\u0006\u0006"u8)
            ? (BinaryPrimitives.ReadInt64LittleEndian(end64[48..]), BinaryPrimitives.ReadInt64LittleEndian(end64[40..]))
            : throw Damaged("its directory is said to be ZIP64's, which is not there");
    }

    private static ReadOnlySpan<byte> Zip64(ReadOnlySpan<byte> extra)
    {
        const int Zip64Field = 1;
        while (extra.Length >= 4)
        {
            var (id, bytes) = (UInt16(extra, 0), UInt16(extra, 2));
            if (bytes > extra.Length - 4)
            {
                break;
            }

            if (id == Zip64Field)
            {
                return extra.Slice(4, bytes);
            }

            extra = extra[(4 + bytes)..];
        }

        return [];
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static InvalidDataException Damaged(string what) => new($"it is a damaged zip archive: {what}");
}
