using System.Globalization;

namespace DistributedFreeze.Client.Specs;

/// <summary>A number of bytes as a person writes it: plain, or with K, M, G or T behind it for powers of 1,024.</summary>
internal static class ByteSize
{
    private const string Units = "KMGT";

    /// <param name="text">Such as <c>4096</c> or <c>4G</c>, in either case.</param>
    /// <param name="bytes">The bytes; 0 where the text is none.</param>
    /// <returns>Whether the text is a whole number of bytes that 64 bits hold.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var unit = text.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var digits = unit < 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var whole = (Int128)number << (10 * (unit + 1));
        if (whole < long.MinValue || whole > long.MaxValue)
        {
            return false;
        }

        bytes = (long)whole;
        return true;
    }

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
}
