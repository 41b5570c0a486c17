using System.Globalization;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>Which values are written beside an axis. Pure and thread-safe.</summary>
internal static class ScaleTicks
{
    /// <summary>So few numbers are all written, as they are; of more, round ones.</summary>
    private const int Few = 8;

    private static readonly int[] Round = [1, 2, 5];

    /// <summary>The ends first, then as many others as leave room for each other.</summary>
    /// <param name="scale">The axis.</param>
    /// <param name="values">What was tried.</param>
    /// <param name="gap">How far texts have to be from each other, as a share of the axis.</param>
    /// <returns>Where they stand, as a share of the axis, and what they say.</returns>
    public static IReadOnlyList<(double Share, string Text)> Of(FieldScale scale, IReadOnlyList<string> values, double gap)
    {
        var tried = values.Distinct(StringComparer.Ordinal).Select(value => (At: scale.At(value), Text: value)).DistinctBy(value => value.At).OrderBy(value => value.At).ToList();
        var between = !scale.Categories.IsEmpty || tried.Count <= Few ? tried : Rounded(scale).Select(number => (At: number, Text: Number(number)));
        return Spaced([tried[0], tried[^1], .. between], scale, gap);
    }

    /// <summary>Of numbers alone.</summary>
    /// <param name="scale">The axis.</param>
    /// <param name="text">How numbers are written.</param>
    /// <param name="gap">As above.</param>
    public static IReadOnlyList<(double Share, string Text)> Of(FieldScale scale, Func<double, string> text, double gap) =>
        Spaced([.. new[] { scale.Min, scale.Max }.Concat(Rounded(scale)).Select(number => (number, text(number)))], scale, gap);

    private static List<(double Share, string Text)> Spaced(IEnumerable<(double At, string Text)> candidates, FieldScale scale, double gap)
    {
        List<(double Share, string Text)> ticks = [];
        foreach (var (at, text) in candidates)
        {
            var share = scale.Share(at);
            if (ticks.TrueForAll(tick => Math.Abs(tick.Share - share) >= gap && tick.Text != text))
            {
                ticks.Add((share, text));
            }
        }

        return ticks;
    }

    /// <summary>Round numbers between the ends: powers of ten before their multiples where the axis is logarithmic, and four or more at equal distances where it is not.</summary>
    private static IEnumerable<double> Rounded(FieldScale scale)
    {
        if (!(scale.Max > scale.Min))
        {
            return [];
        }

        if (scale.IsLogarithmic)
        {
            var powers = Enumerable.Range((int)Math.Floor(Math.Log10(scale.Min)), (int)Math.Ceiling(Math.Log10(scale.Max / scale.Min)) + 2).ToList();
            return Round.SelectMany(digit => powers.Select(power => Number(digit, power))).Where(number => number > scale.Min && number < scale.Max);
        }

        var most = (scale.Max - scale.Min) / 4;
        var exponent = (int)Math.Floor(Math.Log10(most));
        var factor = Round.Last(digit => digit == 1 || Number(digit, exponent) <= most);
        var step = Number(factor, exponent);
        var first = (long)Math.Ceiling(scale.Min / step);
        return Enumerable.Range(0, (int)((scale.Max / step) - first) + 1).Select(i => (first + i) * factor).Select(count => Number(count, exponent)).Where(number => number > scale.Min && number < scale.Max);
    }

    /// <summary>The very number that a person would write so.</summary>
    private static double Number(long digits, int exponent) => double.Parse(string.Create(CultureInfo.InvariantCulture, $"{digits}e{exponent}"), CultureInfo.InvariantCulture);

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);
}
