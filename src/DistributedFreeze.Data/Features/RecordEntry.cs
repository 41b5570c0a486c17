using System.Buffers.Binary;
using System.IO.Hashing;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>What a segment says of one record: whose features they are, and the checksum of their bytes.</summary>
/// <remarks>64 bytes: the image's SHA-256 (32), the payload's XxHash3 (8), zeros (16), the XxHash3 of all before (8); little-endian.</remarks>
internal readonly record struct RecordEntry(ImageHash Image, ulong Checksum)
{
    public const int Size = 64;

    private const int ChecksumOffset = ImageHash.Bytes;
    private const int OwnChecksumOffset = Size - sizeof(ulong);

    /// <param name="destination">64 bytes.</param>
    /// <param name="seed">Of the set, so that an entry of another set is none.</param>
    public void Encode(Span<byte> destination, long seed)
    {
        destination[..Size].Clear();
        Image.CopyTo(destination);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[ChecksumOffset..], Checksum);
        BinaryPrimitives.WriteUInt64LittleEndian(
            destination[OwnChecksumOffset..], XxHash3.HashToUInt64(destination[..OwnChecksumOffset], seed));
    }

    public static bool TryDecode(ReadOnlySpan<byte> source, long seed, out RecordEntry entry)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(source[OwnChecksumOffset..]) != XxHash3.HashToUInt64(source[..OwnChecksumOffset], seed))
        {
            entry = default;
            return false;
        }

        entry = new(new(source[..ImageHash.Bytes]), BinaryPrimitives.ReadUInt64LittleEndian(source[ChecksumOffset..]));
        return true;
    }
}
