using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Training.Rates;

namespace DistributedFreeze.Cli.Rates;

/// <summary>A range test of the learning rate for a person.</summary>
internal static class RateText
{
    private const int Rows = 25;
    private const int Bar = 40;
    private const double Highest = 2;

    /// <summary>A rate with two digits, such as <c>0.0023</c>: a test tells no more.</summary>
    public static string Rate(double rate) => double.Parse(rate.ToString("E1", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).ToString("0.#############", CultureInfo.InvariantCulture);

    /// <param name="console">Where to write.</param>
    /// <param name="curve">What was found.</param>
    public static void Write(CommandConsole console, RateCurve curve)
    {
        var output = console.Output;
        output.WriteLine("Rate        Loss, smoothed");
        foreach (var point in Shown(curve))
        {
            output.WriteLine(Line(curve, point).TrimEnd());
        }

        output.WriteLine();
        output.WriteLine(curve.DivergedAt is { } brink ? $"The loss explodes at a rate of {Rate(brink)}." : $"The loss does not explode up to a rate of {Rate(curve.Points[^1].Rate)}: --max-lr tries larger ones.");
        output.WriteLine(curve.Suggested is { } suggested
            ? $"Suggested: {Rate(suggested)}, where the loss falls most steeply; it is lowest at {Rate(curve.Lowest!.Value)}."
            : "Nothing to suggest: the loss falls nowhere. Try smaller rates with --min-lr, more --steps, or look at the labels with dfreeze data check.");
        if (curve.Suggested is { } rate)
        {
            output.WriteLine($"Run file: `phases[0].optimizer.learning_rate: {Rate(rate)}`; as an option: --lr {Rate(rate)}");
        }
    }

    /// <summary>About so many points as there is room for, the last and the suggested one among them.</summary>
    private static IEnumerable<RatePoint> Shown(RateCurve curve)
    {
        var every = Math.Max(1, (curve.Points.Length + Rows - 1) / Rows);
        return curve.Points.Where((point, i) => i % every == 0 || i == curve.Points.Length - 1 || point.Rate == curve.Suggested);
    }

    private static string Line(RateCurve curve, RatePoint point)
    {
        // What explodes would leave no room for the rest.
        var lowest = curve.Points.Min(one => one.Smoothed);
        var top = Math.Max(Math.Min(curve.Points.Max(one => one.Smoothed), Highest * curve.Points[0].Smoothed), double.Epsilon);
        var length = top > lowest ? (int)Math.Round(Bar * Math.Clamp((point.Smoothed - lowest) / (top - lowest), 0, 1)) : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{point.Rate:0.0E+0}  {point.Smoothed,9:F4}  {new string('#', length)}") + (point.Rate == curve.Suggested ? " <- suggested" : "");
    }
}
