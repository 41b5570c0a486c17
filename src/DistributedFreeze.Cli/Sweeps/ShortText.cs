using System.Collections.Immutable;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>Cuts a text that is too long for its place. Pure and thread-safe.</summary>
internal static class ShortText
{
    private const char More = '\u2026';

    /// <summary>What tells a text from others, which often begin alike: paths, or phases written out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="others">What it has to be told from; itself may be among them.</param>
    /// <param name="most">How many letters there is room for, at least 4.</param>
    public static string Of(string text, ImmutableArray<string> others, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        var alike = others.Where(other => other != text).Select(other => text.AsSpan().CommonPrefixLength(other)).DefaultIfEmpty(0).Max();
        if (alike < most - 2)
        {
            return $"{text[..(most - 1)]}{More}";
        }

        var end = alike + (most / 2);
        return end >= text.Length ? $"{More}{text[^(most - 1)..]}" : $"{More}{text[(end - most + 2)..end]}{More}";
    }
}
