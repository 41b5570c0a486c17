using System.Globalization;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Cache;

/// <summary>Numbers of bytes as people write them: <c>500M</c>, <c>1.5GiB</c>; K, M, G and T are powers of 1,024.</summary>
internal static class ByteSize
{
    private const string Units = "KMGT";

    /// <param name="option">Named in the error.</param>
    /// <param name="text">Digits, perhaps a fraction, and perhaps a unit in either case.</param>
    /// <exception cref="InvalidInputException">The text is no size from 0 to 2^50.</exception>
    public static long Parse(string option, string text)
    {
        var number = text.AsSpan().Trim().TrimEnd("bB");
        if (number.Length > 0 && char.ToUpperInvariant(number[^1]) == 'I')
        {
            number = number[..^1];
        }

        var unit = number.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(number[^1]), StringComparison.Ordinal);
        if (unit >= 0)
        {
            number = number[..^1];
        }

        return decimal.TryParse(number.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value <= 1L << 50 && value * (1L << (10 * (unit + 1))) is <= 1L << 50 and var bytes
            ? (long)bytes
            : throw new InvalidInputException(option, $"must be a size such as 500M or 20G, got '{text}'");
    }
}
