using System.IO.Hashing;

namespace DistributedFreeze.Data.Features;

/// <summary>The checksum of a record's bytes on disk: XXH3, 64 bits. Pure and thread-safe.</summary>
internal static class RecordChecksum
{
    /// <summary>The seed of a set, so that a record of another set is none of this one.</summary>
    /// <param name="key">SHA-256 of the set's key.</param>
    public static long SeedOf(ReadOnlySpan<byte> key) => BitConverter.ToInt64(key);

    public static ulong Of(ReadOnlySpan<byte> payload, long seed) => XxHash3.HashToUInt64(payload, seed);
}
