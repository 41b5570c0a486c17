namespace DistributedFreeze.Evaluation;

/// <summary>Scores of probabilities, image by image. Pure and thread-safe.</summary>
public static class ProbabilityScores
{
    /// <summary>The least that a probability counts as in <see cref="LogLoss"/>, and as much below 1 the most: 2^-52, the spacing of doubles at 1.</summary>
    public const double Epsilon = 2.220446049250313e-16;

    /// <summary>Mean of -ln of the probability of an image's class.</summary>
    /// <remarks>
    /// As scikit-learn's <c>log_loss</c> of doubles: probabilities are kept <see cref="Epsilon"/> away from 0 and 1 and then divided by their
    /// sum. So a probability of exactly 0 costs 36.04, not infinity.
    /// </remarks>
    /// <param name="images">At least one.</param>
    /// <returns>At least 0.</returns>
    /// <exception cref="InvalidOperationException">There is no image.</exception>
    public static double LogLoss(IEnumerable<ClassifiedImage> images) => images.Average(image =>
        -Math.Log(Clip(image.Probabilities[image.Class]) / image.Probabilities.Sum(probability => Clip(probability))));

    /// <summary>Mean squared distance between the probabilities and the truth, over all classes together.</summary>
    /// <remarks>
    /// The original score of Brier, "Verification of forecasts expressed in terms of probability" (Monthly Weather Review 78, 1950): the sum over
    /// classes of (probability - 1 or 0)^2, averaged over images. With two classes it is twice scikit-learn's <c>brier_score_loss</c>, which looks at one of them.
    /// </remarks>
    /// <param name="images">At least one.</param>
    /// <returns>0 (certain and right) to 2 (certain and wrong).</returns>
    /// <exception cref="InvalidOperationException">There is no image.</exception>
    public static double Brier(IEnumerable<ClassifiedImage> images) => images.Average(image =>
        image.Probabilities.Select((probability, c) => Square(probability - (c == image.Class ? 1.0 : 0.0))).Sum());

    /// <summary>Share of the images whose class is among the most probable ones.</summary>
    /// <remarks>As scikit-learn's <c>top_k_accuracy_score</c>, which puts the later one of two equally probable classes first.</remarks>
    /// <param name="images">At least one.</param>
    /// <param name="k">How many classes count, at least 1.</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="InvalidOperationException">There is no image.</exception>
    public static double TopK(IEnumerable<ClassifiedImage> images, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return images.Average(image => Rank(image) < k ? 1.0 : 0.0);
    }

    private static int Rank(ClassifiedImage image)
    {
        var own = image.Probabilities[image.Class];
        return image.Probabilities.Where((other, c) => other > own || (other == own && c > image.Class)).Count();
    }

    private static double Clip(double probability) => Math.Clamp(probability, Epsilon, 1 - Epsilon);

    private static double Square(double x) => x * x;
}
