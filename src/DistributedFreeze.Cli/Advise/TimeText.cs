using System.Globalization;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Advise;

/// <summary>A length of time as a person types it: <c>90s</c>, <c>10m</c>, <c>1.5h</c>. Pure and thread-safe.</summary>
internal static class TimeText
{
    private const double MostSeconds = 1e9;

    /// <param name="text">A number above 0 and its unit.</param>
    /// <param name="field">What errors name.</param>
    /// <exception cref="InvalidInputException">It is no length of time.</exception>
    public static TimeSpan Parse(string text, string field)
    {
        var unit = text.Length == 0 ? 0 : text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => 0,
        };
        return unit > 0 && double.TryParse(text.AsSpan()[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unit is > 0 and <= MostSeconds
            ? TimeSpan.FromSeconds(number * unit)
            : throw new InvalidInputException(field, $"must be a number with s, m or h behind it, such as 90s or 10m, got '{text}'");
    }
}
