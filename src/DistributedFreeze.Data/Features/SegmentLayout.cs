using System.Buffers.Binary;
using System.IO.Hashing;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>Where things are in a segment.</summary>
/// <remarks>
/// A page of header; then groups, each a page of 64 entries and the 64 payloads that they describe, each payload on a multiple of 64
/// bytes. Entries lie together because opening a set reads all of them: a page per 64 records, wherever the payloads are. Pages are
/// 4,096 bytes.
/// </remarks>
internal readonly record struct SegmentLayout(int Elements, FeatureType Type)
{
    public const int HeaderBytes = 4096;
    public const int GroupRecords = 64;
    public const int EntriesBytes = GroupRecords * RecordEntry.Size;

    private const int Version = 1;
    private const int Alignment = 64;
    private const int NumbersOffset = sizeof(ulong) + sizeof(int) + ImageHash.Bytes;
    private const int ChecksumOffset = NumbersOffset + (4 * sizeof(int));
    private const int UsedBytes = ChecksumOffset + sizeof(ulong);

    /// <summary>Bytes of one record's features.</summary>
    public int PayloadBytes => Elements * FeatureRounding.ElementBytes(Type);

    /// <summary>Bytes from one payload to the next.</summary>
    public int Stride => (PayloadBytes + Alignment - 1) & -Alignment;

    // A machine of the other byte order sees another magic number, and no segment.
    private static ulong Magic => BitConverter.IsLittleEndian ? 0x3154_4145_465A_5244UL : 0x4452_5A46_4541_5431UL;

    private long GroupBytes => EntriesBytes + ((long)GroupRecords * Stride);

    /// <summary>First slot of the group that a place in the file belongs to.</summary>
    public int GroupAt(long offset) => (int)Math.Min(int.MaxValue, Math.Max(0, offset - HeaderBytes) / GroupBytes * GroupRecords);

    public long EntryOffset(int slot) => GroupOffset(slot) + (slot % GroupRecords * RecordEntry.Size);

    public long PayloadOffset(int slot) => GroupOffset(slot) + EntriesBytes + ((long)(slot % GroupRecords) * Stride);

    public long End(int slot) => PayloadOffset(slot) + PayloadBytes;

    /// <summary>Slots of which a file of some length has any byte of payload, at most what an index can count.</summary>
    public int Started(long length)
    {
        var groups = Math.DivRem(Math.Max(0, length - HeaderBytes), GroupBytes, out var rest);
        var slots = (groups * GroupRecords) + ((Math.Max(0, rest - EntriesBytes) + Stride - 1) / Stride);
        return (int)Math.Min(slots, int.MaxValue);
    }

    /// <summary>The header page of a segment of this layout.</summary>
    public byte[] Header(ReadOnlySpan<byte> key)
    {
        var header = new byte[HeaderBytes];
        using var writer = new BinaryWriter(new MemoryStream(header));
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(key);
        writer.Write(Elements);
        writer.Write((int)Type);
        writer.Write(Stride);
        writer.Write(GroupRecords);
        writer.Write(XxHash3.HashToUInt64(header.AsSpan(0, ChecksumOffset)));
        return header;
    }

    /// <summary>Reads the layout that a header tells.</summary>
    /// <param name="header">What is there of the first page.</param>
    /// <param name="key">Of the set that the segment should belong to.</param>
    /// <param name="layout">What the header tells.</param>
    /// <returns>Whether it is the header that a segment of this layout and set has, byte by byte.</returns>
    public static bool TryRead(ReadOnlySpan<byte> header, ReadOnlySpan<byte> key, out SegmentLayout layout)
    {
        layout = header.Length < HeaderBytes ? default : new(
            BinaryPrimitives.ReadInt32LittleEndian(header[NumbersOffset..]),
            (FeatureType)BinaryPrimitives.ReadInt32LittleEndian(header[(NumbersOffset + sizeof(int))..]));
        return layout.Elements is > 0 and <= FeatureSet.MaxElements
            && Enum.IsDefined(layout.Type)
            && header[..UsedBytes].SequenceEqual(layout.Header(key).AsSpan(0, UsedBytes));
    }

    private long GroupOffset(int slot) => HeaderBytes + (slot / GroupRecords * GroupBytes);
}
