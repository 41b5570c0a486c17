namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>Numbers of seven bits a byte, the lowest first, as Thrift and the pages of Parquet write them.</summary>
internal static class Varints
{
    private const int Bits = 64;

    /// <summary>A number without a sign.</summary>
    /// <param name="bytes">Where it begins; receives what stands behind it.</param>
    /// <param name="value">The number.</param>
    /// <returns>False where it does not end within the bytes, or within 64 bits.</returns>
    public static bool TryUnsigned(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < bytes.Length && 7 * i < Bits; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>The number that one without a sign stands for, where the sign goes last (zigzag): 0, -1, 1, -2, 2.</summary>
    public static long Signed(ulong number) => unchecked((long)(number >> 1) ^ -(long)(number & 1));
}
