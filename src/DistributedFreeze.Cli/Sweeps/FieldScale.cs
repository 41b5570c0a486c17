using System.Collections.Immutable;
using System.Globalization;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>Where values lie along an axis: numbers by their size, or by its logarithm where they lie far apart, and anything else at equal steps. Immutable and thread-safe.</summary>
internal sealed class FieldScale
{
    /// <summary>Values that lie further apart than this have a logarithmic axis.</summary>
    private const double WideRatio = 20;

    private FieldScale(double min, double max, bool mayBeLogarithmic)
    {
        (Min, Max) = (min, max);
        IsLogarithmic = mayBeLogarithmic && min > 0 && max / min > WideRatio;
    }

    /// <summary>The least value.</summary>
    public double Min { get; }

    /// <summary>The greatest.</summary>
    public double Max { get; }

    /// <summary>Whether a factor takes the same room everywhere.</summary>
    public bool IsLogarithmic { get; }

    /// <summary>What stands at 0, 1, 2 and so on; empty for numbers.</summary>
    public ImmutableArray<string> Categories { get; private init; } = [];

    /// <summary>The scale of a field.</summary>
    /// <param name="values">Its values as a run file has them, at least one.</param>
    public static FieldScale Of(IReadOnlyList<string> values)
    {
        if (values.All(value => Number(value) is not null))
        {
            return OfNumbers([.. values.Select(value => Number(value)!.Value)], mayBeLogarithmic: true);
        }

        ImmutableArray<string> categories = [.. values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new(0, categories.Length - 1, mayBeLogarithmic: false) { Categories = categories };
    }

    /// <summary>The scale of numbers.</summary>
    /// <param name="values">Finite, at least one.</param>
    /// <param name="mayBeLogarithmic">Whether their logarithms may count.</param>
    public static FieldScale OfNumbers(IReadOnlyList<double> values, bool mayBeLogarithmic) => new(values.Min(), values.Max(), mayBeLogarithmic);

    /// <summary>A value as a number, or the number of its category.</summary>
    /// <param name="value">One of the values that the scale was made of.</param>
    public double At(string value) => Categories.IsEmpty ? Number(value)!.Value : Categories.IndexOf(value, StringComparer.Ordinal);

    /// <summary>How far up a number lies, 0 for the least and 1 for the greatest; the middle where all are the same.</summary>
    public double Share(double number) => Max > Min ? (Lie(number) - Lie(Min)) / (Lie(Max) - Lie(Min)) : 0.5;

    private double Lie(double number) => IsLogarithmic ? Math.Log(number) : number;

    private static double? Number(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
