namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>Numbers as differences of each from the one before, packed in blocks: the format's DELTA_BINARY_PACKED.</summary>
internal static class DeltaNumbers
{
    /// <summary>Reads numbers.</summary>
    /// <param name="bytes">Where they stand; receives what stands behind them.</param>
    /// <param name="count">How many there must be.</param>
    /// <exception cref="InvalidDataException">There are others.</exception>
    public static long[] Read(ref ReadOnlySpan<byte> bytes, int count)
    {
        var (block, parts, total) = (Unsigned(ref bytes), Unsigned(ref bytes), Unsigned(ref bytes));
        var first = Signed(ref bytes);
        if (total != (ulong)count || block is 0 or > 1 << 20 || parts is 0 or > 1024 || block % parts != 0 || block / parts % 8 != 0)
        {
            throw Bad();
        }

        var numbers = new long[count];
        var size = (int)(block / parts);
        for (var at = 0; at < count;)
        {
            if (at == 0)
            {
                numbers[at++] = first;
                continue;
            }

            var least = Signed(ref bytes);
            var widths = Take(ref bytes, (int)parts).ToArray();
            for (var part = 0; part < widths.Length && at < count; part++)
            {
                if (widths[part] > 64)
                {
                    throw Bad();
                }

                var packed = Take(ref bytes, size * widths[part] / 8);
                for (var i = 0; i < size && at < count; i++, at++)
                {
                    numbers[at] = unchecked(numbers[at - 1] + least + (long)Bits(packed, i * widths[part], widths[part]));
                }
            }
        }

        return numbers;
    }

    private static ulong Bits(ReadOnlySpan<byte> bytes, int from, int width)
    {
        var value = 0UL;
        for (var bit = 0; bit < width;)
        {
            var at = from + bit;
            var taken = Math.Min(8 - (at & 7), width - bit);
            value |= (ulong)((bytes[at >> 3] >> (at & 7)) & ((1 << taken) - 1)) << bit;
            bit += taken;
        }

        return value;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length < count)
        {
            throw Bad();
        }

        var taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }

    private static long Signed(ref ReadOnlySpan<byte> bytes) => Varints.Signed(Unsigned(ref bytes));

    private static ulong Unsigned(ref ReadOnlySpan<byte> bytes) => Varints.TryUnsigned(ref bytes, out var value) ? value : throw Bad();

    private static InvalidDataException Bad() => new("a page is damaged: its differences of numbers break off, or are others than it says");
}
