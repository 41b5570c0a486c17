using System.Globalization;

namespace DistributedFreeze.Specs;

/// <summary>A number of bytes as a person writes it: <c>4096</c>, <c>500M</c>, <c>1.5 GiB</c>. K, M, G and T are powers of 1,024. Pure and
/// thread-safe.</summary>
public static class ByteSize
{
    private const string Units = "KMGT";

    /// <summary>Reads a number of bytes.</summary>
    /// <param name="text">Digits, perhaps a fraction, and perhaps a unit, in either case.</param>
    /// <param name="bytes">The bytes, a part of one left out; 0 where the text is none.</param>
    /// <returns>Whether the text is a number of bytes that 64 bits hold.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var number = text.AsSpan().Trim();
        if (number is [.., 'b' or 'B'])
        {
            number = number[..^1];
        }

        var isBinary = number is [.., 'i' or 'I'];
        var unit = UnitOf(isBinary ? number[..^1] : number);
        if (isBinary && unit == 0)
        {
            return false; // there are no "iB"
        }

        number = number[..^((isBinary ? 1 : 0) + (unit > 0 ? 1 : 0))].TrimEnd();
        if (!decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || decimal.Abs(value) > long.MaxValue >> (10 * unit))
        {
            return false;
        }

        bytes = (long)(value * (1L << (10 * unit)));
        return true;
    }

    /// <summary>Writes a number of bytes so that <see cref="TryParse"/> reads the same.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The shortest form that is exact.</returns>
    public static string Format(long bytes)
    {
        var unit = -1;
        while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < Units.Length)
        {
            bytes /= 1024;
            unit++;
        }

        var number = bytes.ToString(CultureInfo.InvariantCulture);
        return unit < 0 ? number : number + Units[unit];
    }

    /// <returns>1 to 4 for K to T; 0 for none.</returns>
    private static int UnitOf(ReadOnlySpan<char> number) =>
        number.IsEmpty ? 0 : Units.IndexOf(char.ToUpperInvariant(number[^1]), StringComparison.Ordinal) + 1;
}
