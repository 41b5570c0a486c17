namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>Small numbers as runs of one number and packed groups of eight: the format's RLE/bit-packing hybrid.</summary>
internal static class HybridRuns
{
    /// <summary>Reads numbers.</summary>
    /// <param name="bytes">Where they stand.</param>
    /// <param name="width">Bits of each, 0 to 32.</param>
    /// <param name="numbers">Receives them.</param>
    /// <exception cref="InvalidDataException">There are fewer.</exception>
    public static void Read(ReadOnlySpan<byte> bytes, int width, Span<int> numbers)
    {
        if (width is < 0 or > 32)
        {
            throw Bad();
        }

        while (!numbers.IsEmpty)
        {
            if (width == 0)
            {
                numbers.Clear();
                return;
            }

            if (!Varints.TryUnsigned(ref bytes, out var head) || head > uint.MaxValue)
            {
                throw Bad();
            }

            var count = (uint)(head >> 1);
            if ((head & 1) == 0)
            {
                var size = (width + 7) / 8;
                if (count == 0 || bytes.Length < size)
                {
                    throw Bad();
                }

                var value = 0u;
                for (var i = 0; i < size; i++)
                {
                    value |= (uint)bytes[i] << (8 * i);
                }

                bytes = bytes[size..];
                var run = (int)Math.Min(count, (uint)numbers.Length);
                numbers[..run].Fill(unchecked((int)value));
                numbers = numbers[run..];
            }
            else
            {
                // The last group may have fewer bytes than eight numbers take, where fewer are left.
                var packed = (int)Math.Min((long)count * 8, numbers.Length);
                if (packed == 0 || bytes.Length < ((long)packed * width + 7) / 8)
                {
                    throw Bad();
                }

                Unpack(bytes, width, numbers[..packed]);
                bytes = bytes[(int)Math.Min((long)count * width, bytes.Length)..];
                numbers = numbers[packed..];
            }
        }
    }

    private static void Unpack(ReadOnlySpan<byte> bytes, int width, Span<int> numbers)
    {
        var (buffer, bits, at) = (0UL, 0, 0);
        for (var i = 0; i < numbers.Length; i++)
        {
            while (bits < width)
            {
                buffer |= (ulong)bytes[at++] << bits;
                bits += 8;
            }

            numbers[i] = unchecked((int)(buffer & ((1UL << width) - 1)));
            buffer >>= width;
            bits -= width;
        }
    }

    private static InvalidDataException Bad() => new("a page is damaged: its runs of numbers break off");
}
