using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>A record as it is given to a library: its bytes behind their checksum, since a damaged record must not be served.</summary>
/// <param name="elements">Numbers of a record.</param>
internal sealed class CheckedRecord(int elements)
{
    private readonly byte[] _bytes = new byte[sizeof(ulong) + (sizeof(float) * elements)];

    /// <summary>The bytes of a record, until the next call.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<float> values)
    {
        MemoryMarshal.AsBytes(values).CopyTo(_bytes.AsSpan(sizeof(ulong)));
        BitConverter.TryWriteBytes(_bytes, XxHash3.HashToUInt64(_bytes.AsSpan(sizeof(ulong))));
        return _bytes;
    }

    /// <returns>False where they are no record, or a damaged one.</returns>
    public static bool TryTake(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        if (bytes.Length != sizeof(ulong) + (sizeof(float) * values.Length))
        {
            return false;
        }

        // Copied first: what lies in a map may change while it is looked at.
        var copy = MemoryMarshal.AsBytes(values);
        bytes[sizeof(ulong)..].CopyTo(copy);
        return BitConverter.ToUInt64(bytes) == XxHash3.HashToUInt64(copy);
    }
}
