using System.Collections.Immutable;

namespace DistributedFreeze.Training.Rates;

/// <summary>The rates that a range test tries: from one to the other, each step's by the same factor larger than the one before (Smith, 2017).</summary>
/// <param name="From">Rate of the first step, above 0.</param>
/// <param name="To">Rate of the last step, above <paramref name="From"/>.</param>
/// <param name="Steps">Steps, at least 2.</param>
public readonly record struct RateRange(double From, double To, int Steps)
{
    /// <summary>The rate of a step.</summary>
    /// <param name="step">The step, from 0.</param>
    public double At(long step) => From * Math.Pow(To / From, step / (Steps - 1.0));
}

/// <summary>One step of a range test.</summary>
/// <param name="Rate">The learning rate that the step was taken with.</param>
/// <param name="Loss">Mean loss of its images before the step.</param>
/// <param name="Smoothed">The mean of the losses so far, each counting 0.98 times as much as the one a 100th of the range later.</param>
public sealed record RatePoint(double Rate, double Loss, double Smoothed);

/// <summary>What a range test of the learning rate found. Immutable.</summary>
/// <remarks>At 100 steps its rules are fastai's; with more or fewer they look as far along the range.</remarks>
public sealed record RateCurve
{
    private const double MemoryOfHundred = 0.98;
    private const int Hundred = 100;
    private const double Diverged = 4;

    private readonly int _steps;
    private readonly double _memory;
    private double _lowest = double.PositiveInfinity;

    private RateCurve(int steps) => (_steps, _memory, Points) = (steps, Math.Pow(MemoryOfHundred, Hundred / (double)steps), []);

    /// <summary>A curve without a point.</summary>
    /// <param name="steps">Steps of the whole range.</param>
    internal static RateCurve Of(int steps) => new(steps);

    /// <summary>The steps, in order.</summary>
    public ImmutableArray<RatePoint> Points { get; private init; }

    /// <summary>The rate at which the test ended early, since the smoothed loss was more than 4 times its lowest or was no number; null where it went to the end of its range.</summary>
    public double? DivergedAt { get; private init; }

    /// <summary>
    /// The rate where the smoothed loss falls most steeply over the logarithm of the rate, within a 100th of the range; the range's first tenth and the last twentieth before
    /// its end are left out (fastai's <c>steep</c>). Null where it falls nowhere.
    /// </summary>
    public double? Suggested
    {
        get
        {
            var (judged, apart) = (Judged, Math.Max(1, _steps / Hundred));
            var steepest = Enumerable.Range(0, Math.Max(0, judged.Length - apart))
                .Select(i => (judged[i].Rate, Slope: (judged[i + apart].Smoothed - judged[i].Smoothed) / Math.Log(judged[i + apart].Rate / judged[i].Rate)))
                .Where(one => one.Slope < 0)
                .OrderBy(one => one.Slope)
                .ToList();
            return steepest.Count > 0 ? steepest[0].Rate : null;
        }
    }

    /// <summary>The rate at which the smoothed loss was lowest; null where too few steps were taken. Training with it is on the brink: a tenth of it is fastai's other rule.</summary>
    public double? Lowest => Judged is { IsEmpty: false } judged ? judged.MinBy(point => point.Smoothed)!.Rate : null;

    private ImmutableArray<RatePoint> Judged => Points.Length - (_steps / 10) - (_steps / 20) is > 0 and var count ? Points.Slice(_steps / 10, count) : [];

    /// <summary>The curve with one more step.</summary>
    /// <param name="rate">Its rate.</param>
    /// <param name="loss">Its mean loss; no number where it had none.</param>
    internal RateCurve With(double rate, double loss)
    {
        if (!double.IsFinite(loss))
        {
            return this with { DivergedAt = rate };
        }

        // A moving average that begins with nothing, divided by the weight that it has: PyTorch's and fastai's debiased one.
        var before = Points.IsEmpty ? 0 : Points[^1].Smoothed * Weight(Points.Length);
        var smoothed = (_memory * before + (1 - _memory) * loss) / Weight(Points.Length + 1);
        var lowest = Math.Min(_lowest, smoothed);
        return this with { Points = Points.Add(new(rate, loss, smoothed)), _lowest = lowest, DivergedAt = smoothed > Diverged * lowest ? rate : null };
    }

    private double Weight(int steps) => 1 - Math.Pow(_memory, steps);
}
