using DistributedFreeze.Data;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

/// <summary>Intervals of 95 % from resamples of the images that were held out. Immutable and thread-safe.</summary>
/// <remarks>
/// Efron's percentile interval. Which images a resample has follows from the seed and its number alone, so that all candidates are judged by the same
/// resamples, and the gain of one over another is that on the same images.
/// </remarks>
/// <param name="measure">By what candidates are compared.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="seed">The run's.</param>
internal sealed class Bootstrap(EpochMeasure measure, int classes, int seed)
{
    /// <summary>Number of resamples: more would move an end of the interval by less than an image does.</summary>
    public const int Resamples = 2_000;

    /// <summary>Share of the resamples that lie within an interval.</summary>
    public const double Level = 0.95;

    private const string Purpose = "bootstrap of advise";

    /// <summary>The score of every resample, in their order.</summary>
    /// <param name="answers">At least one.</param>
    public double[] Scores(IReadOnlyList<Answer> answers)
    {
        var scores = new double[Resamples];
        var drawn = new Answer[answers.Count];
        for (var resample = 0; resample < Resamples; resample++)
        {
            var random = new KeyedRandom(seed, Purpose, resample);
            for (var i = 0; i < drawn.Length; i++)
            {
                drawn[i] = answers[random.NextBelow(drawn.Length)];
            }

            scores[resample] = Score.Of(measure, drawn, classes);
        }

        return scores;
    }

    /// <summary>Where 95 % of the values lie.</summary>
    /// <param name="values">At least one.</param>
    public static (double Low, double High) Interval(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (At((1 - Level) / 2), At((1 + Level) / 2));

        double At(double share)
        {
            var place = share * (sorted.Length - 1);
            var below = (int)place;
            return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
        }
    }
}
