namespace DistributedFreeze.Evaluation;

/// <summary>Makes a classifier as sure as it is right, without changing an answer. Pure and thread-safe.</summary>
/// <remarks>
/// Temperature scaling of Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (ICML 2017), section 4.2: all logits are divided by one
/// number, the temperature, at which the cross-entropy on images that the classifier was not trained on is the smallest. The cross-entropy is convex in the
/// inverse of the temperature, and its slope is searched for 0. Logarithms of probabilities serve as logits: they differ from them by a number that is the
/// same for all classes.
/// </remarks>
public static class TemperatureScaling
{
    /// <summary>The lowest temperature that is looked for.</summary>
    public const double Lowest = 0.05;

    /// <summary>The highest temperature that is looked for.</summary>
    public const double Highest = 20;

    /// <summary>Halvings of the interval: more would not change a double.</summary>
    private const int Halvings = 80;

    /// <summary>Finds the temperature.</summary>
    /// <param name="images">Images that the classifier was not trained on, at least one.</param>
    /// <returns>Above 1 for a classifier that is surer than it is right; null where the best one is not between <see cref="Lowest"/> and <see cref="Highest"/>: where every answer is right, or nothing is.</returns>
    /// <exception cref="ArgumentException">There is no image.</exception>
    public static double? Fit(IReadOnlyCollection<ClassifiedImage> images)
    {
        if (images.Count == 0)
        {
            throw new ArgumentException("Nothing can be said about a classifier without an image.", nameof(images));
        }

        var logits = images.Select(image => (Logits: image.Probabilities.Select(Logit).ToArray(), image.Class)).ToArray();
        var (low, high) = (1 / Highest, 1 / Lowest);
        if (Slope(low) >= 0 || Slope(high) <= 0)
        {
            return null;
        }

        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Slope(middle) < 0 ? (middle, high) : (low, middle);
        }

        return 2 / (low + high);

        double Slope(double inverse) => logits.Sum(image => SlopeOf(image.Logits, image.Class, inverse));
    }

    /// <summary>What the classifier would say at a temperature.</summary>
    /// <param name="image">An image, and what it says of it.</param>
    /// <param name="temperature">The temperature, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="temperature"/> is not above 0.</exception>
    public static ClassifiedImage Scale(ClassifiedImage image, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        double[] logits = [.. image.Probabilities.Select(Logit)];
        var peak = logits.Max();
        double[] powers = [.. logits.Select(logit => Math.Exp((logit - peak) / temperature))];
        var sum = powers.Sum();
        return new(image.Name, image.Class, [.. powers.Select(power => (float)(power / sum))]);
    }

    // What a float cannot tell from 0 counts as its smallest normal number.
    private static double Logit(float probability) => Math.Log(Math.Max(probability, 1.17549435e-38));

    /// <summary>Derivative of an image's cross-entropy by the inverse of the temperature: the mean logit minus that of its class.</summary>
    private static double SlopeOf(double[] logits, int label, double inverse)
    {
        var peak = logits.Max();
        var (sum, mean) = (0.0, 0.0);
        foreach (var logit in logits)
        {
            var power = Math.Exp(inverse * (logit - peak));
            sum += power;
            mean += power * logit;
        }

        return (mean / sum) - logits[label];
    }
}
