namespace DistributedFreeze.Evaluation;

/// <summary>Whether two classifiers differ, by the images that one of them gets right and the other does not. Immutable and thread-safe.</summary>
/// <remarks>
/// McNemar's test, exact: if both were equally good, each of these images would be as likely to fall to one as to the other, so their numbers are binomial
/// with probability 1/2 (McNemar, Psychometrika 12, 1947; Dietterich, Neural Computation 10, 1998). Sums, products and quotients only: the same on every machine.
/// </remarks>
/// <param name="OnlyFirst">Images that only the first one gets right.</param>
/// <param name="OnlySecond">Images that only the second one gets right.</param>
public readonly record struct McNemar(long OnlyFirst, long OnlySecond)
{
    /// <summary>What p has to be below for a difference that is called one.</summary>
    public const double Level = 0.05;

    /// <summary>How likely two equally good classifiers would differ as much or more, either way: 0 to 1.</summary>
    public double P => ProbabilityOf(Math.Min(OnlyFirst, OnlySecond), OnlyFirst + OnlySecond);

    /// <summary>Whether <see cref="P"/> is below <see cref="Level"/>.</summary>
    public bool IsDifference => P < Level;

    /// <summary>Pairs the answers to the same images.</summary>
    /// <param name="first">What the first classifier says.</param>
    /// <param name="second">What the second one says of the same images in the same order.</param>
    /// <exception cref="ArgumentException">They are other images.</exception>
    public static McNemar Of(IReadOnlyList<ClassifiedImage> first, IReadOnlyList<ClassifiedImage> second)
    {
        if (!first.Select(image => image.Name).SequenceEqual(second.Select(image => image.Name), StringComparer.Ordinal))
        {
            throw new ArgumentException("Only answers to the same images can be paired.", nameof(second));
        }

        var pairs = first.Zip(second).ToList();
        return new(pairs.Count(pair => pair.First.IsRight && !pair.Second.IsRight), pairs.Count(pair => !pair.First.IsRight && pair.Second.IsRight));
    }

    /// <returns>Twice the share of 2^n outcomes with at most so many on one side; 1 at most.</returns>
    private static double ProbabilityOf(long fewer, long n)
    {
        // Each number of images is as likely as the one before times a ratio; counted from the likeliest one, none overflows.
        var (lower, all) = (0.0, 0.0);
        var middle = n / 2;
        for (var (k, weight) = (middle, 1.0); k >= 0; weight *= (double)k / (n - k + 1), k--)
        {
            all += weight * (k == n - k ? 1 : 2);
            lower += k <= fewer ? weight : 0;
        }

        return Math.Min(1, 2 * lower / all);
    }
}
