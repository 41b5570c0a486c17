using DistributedFreeze.Evaluation;

namespace DistributedFreeze.Training.Advice;

/// <summary>The difference of two accuracies on the same images, with an exact interval. Pure and thread-safe.</summary>
/// <remarks>
/// Of the images that only one of them gets right, the share that falls to the second one has the interval of Clopper and Pearson (Biometrika 26, 1934).
/// It excludes a half exactly where McNemar's exact test calls the two different, so that interval and test never contradict each other. Resamples would do so
/// where only a few images differ.
/// </remarks>
internal static class PairedAccuracy
{
    private const int Bisections = 60;

    /// <param name="pairs">The images that only one of them gets right.</param>
    /// <param name="images">All images, at least 1.</param>
    /// <returns>How much more accurate the second one is, between -1 and 1.</returns>
    public static (double Low, double High) Interval(McNemar pairs, int images)
    {
        var differing = pairs.OnlyFirst + pairs.OnlySecond;
        if (differing == 0)
        {
            return (0, 0);
        }

        var low = pairs.OnlySecond == 0 ? 0 : Solve(share => AtLeast(pairs.OnlySecond, differing, share) < McNemar.Level / 2);
        var high = pairs.OnlyFirst == 0 ? 1 : 1 - Solve(share => AtLeast(pairs.OnlyFirst, differing, share) < McNemar.Level / 2);
        return (differing * ((2 * low) - 1) / images, differing * ((2 * high) - 1) / images);
    }

    /// <returns>The largest share for which the condition, true at 0 and false at 1, still holds.</returns>
    private static double Solve(Func<double, bool> holds)
    {
        var (low, high) = (0.0, 1.0);
        for (var i = 0; i < Bisections; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = holds(middle) ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <returns>How likely so many or more of n fall to one side, each with the probability of <paramref name="share"/>.</returns>
    private static double AtLeast(long count, long n, double share)
    {
        // Ratios from the likeliest number on, so that none overflows.
        var (upper, all) = (0.0, 0.0);
        var odds = share / (1 - share);
        var mode = Math.Min(n, (long)((n + 1) * share));
        for (var (k, weight) = (mode, 1.0); k <= n; weight *= odds * (n - k) / (k + 1), k++)
        {
            Add(k, weight);
        }

        for (var (k, weight) = (mode, 1.0); k > 0;)
        {
            weight *= k / odds / (n - k + 1);
            Add(--k, weight);
        }

        return upper / all;

        void Add(long k, double weight)
        {
            all += weight;
            upper += k >= count ? weight : 0;
        }
    }
}
