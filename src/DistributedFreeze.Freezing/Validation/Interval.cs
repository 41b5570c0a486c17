using System.Globalization;
using DistributedFreeze.Fields;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>The numbers a field may have; each end belongs to it or not.</summary>
internal readonly record struct Interval(double Min, bool IncludesMin, double Max, bool IncludesMax)
{
    public static Interval Of(NumberRange range) => new(range.Min, range.IncludesMin, range.Max, range.IncludesMax);

    public static Interval Closed(double min, double max) => new(min, true, max, true);

    /// <summary>Above the minimum and at most the maximum.</summary>
    public static Interval Above(double min, double max) => new(min, false, max, true);

    /// <summary>From the minimum up to but not including the maximum.</summary>
    public static Interval Below(double min, double max) => new(min, true, max, false);

    // NaN fails both comparisons, and the infinities lie outside every interval with finite ends.
    public bool Contains(double value) =>
        (IncludesMin ? value >= Min : value > Min) && (IncludesMax ? value <= Max : value < Max);

    public override string ToString()
    {
        var min = Min.ToString(CultureInfo.InvariantCulture);
        var max = Max.ToString(CultureInfo.InvariantCulture);
        return (IncludesMin, IncludesMax) switch
        {
            (true, true) => $"{min} to {max}",
            (true, false) => $"at least {min} and below {max}",
            (false, true) => $"above {min} and at most {max}",
            (false, false) => $"above {min} and below {max}",
        };
    }
}
