namespace DistributedFreeze.Data.Memory;

/// <summary>Arithmetic of bytes that never overflows: what 64 bits do not hold is the most that they do.</summary>
internal static class ByteCount
{
    /// <summary>Bytes of so many 32-bit numbers.</summary>
    /// <param name="numbers">How many, as factors, each at least 0.</param>
    public static long OfFloats(params ReadOnlySpan<long> numbers) => Times(sizeof(float), Times(numbers));

    /// <summary>A product.</summary>
    /// <param name="factors">Each at least 0.</param>
    public static long Times(params ReadOnlySpan<long> factors)
    {
        UInt128 product = 1;
        foreach (var factor in factors)
        {
            product = UInt128.Min(product * (UInt128)factor, long.MaxValue);
        }

        return (long)product;
    }

    /// <summary>A sum.</summary>
    /// <param name="bytes">Each at least 0.</param>
    public static long Sum(IEnumerable<long> bytes) =>
        (long)bytes.Aggregate(UInt128.Zero, (sum, next) => UInt128.Min(sum + (UInt128)next, long.MaxValue));
}
