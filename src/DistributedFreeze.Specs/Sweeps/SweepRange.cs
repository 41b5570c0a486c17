using System.Globalization;

namespace DistributedFreeze.Specs.Sweeps;

/// <summary>Numbers from one end to the other, of which trials take some. Immutable and thread-safe.</summary>
/// <param name="Min">The least, above 0 on a logarithmic scale.</param>
/// <param name="Max">The greatest, above the least.</param>
/// <param name="IsLog">Whether equal ratios are equally likely, instead of equal distances.</param>
/// <param name="IsWhole">Whether only whole numbers are meant.</param>
internal sealed record SweepRange(double Min, double Max, bool IsLog, bool IsWhole)
{
    /// <summary>Four digits are more than any choice of a rate can tell apart, and a person can read and repeat them.</summary>
    private const string Digits = "G4";

    /// <summary>The number at a place.</summary>
    /// <param name="place">From 0 up to but not including 1.</param>
    /// <returns>As a run file has it.</returns>
    public string At(double place)
    {
        // Each whole number has a stretch of the same width around it.
        var (min, max) = IsWhole ? (Min - 0.5, Max + 0.5) : (Min, Max);
        var value = IsLog ? Math.Exp(Math.Log(Min) + place * (Math.Log(Max) - Math.Log(Min))) : min + place * (max - min);
        value = IsWhole ? Math.Round(value) : double.Parse(value.ToString(Digits, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return Math.Clamp(value, Min, Max).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The numbers from the least to the greatest, each so much above the one before.</summary>
    /// <param name="min">The least.</param>
    /// <param name="max">The greatest.</param>
    /// <param name="step">Above 0.</param>
    /// <param name="most">How many are listed at most.</param>
    public static IEnumerable<string> Steps(decimal min, decimal max, decimal step, int most)
    {
        for (var i = 0; i < most && min + i * step <= max; i++)
        {
            yield return (min + i * step).ToString("0.############################", CultureInfo.InvariantCulture); // decimal, so that 0.1 to 0.3 ends with 0.3
        }
    }
}
