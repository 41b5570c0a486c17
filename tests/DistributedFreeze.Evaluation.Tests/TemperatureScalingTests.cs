using System.Collections.Immutable;

namespace DistributedFreeze.Evaluation;

/// <summary>A classifier as sure as it is right.</summary>
public sealed class TemperatureScalingTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(3)]
    public void LogitsThatAreTooLarge_AreDividedByWhatTheyWereMultipliedWith(double factor)
    {
        // Classes drawn by the true probabilities; the classifier says those of its logits times a factor.
        var random = new Random(1);
        var images = Enumerable.Range(0, 20_000).Select(i =>
        {
            double[] logits = [.. Enumerable.Range(0, 5).Select(_ => 2 * ((2 * random.NextDouble()) - 1))];
            return new ClassifiedImage($"{i}", Draw(Softmax(logits, 1), random.NextDouble()), Softmax(logits, factor));
        }).ToList();

        var temperature = TemperatureScaling.Fit(images)!.Value;

        Assert.Equal(factor, temperature, 0.05 * factor);
        Assert.True(Loss(images, temperature) < Loss(images, temperature * 1.02));
        Assert.True(Loss(images, temperature) < Loss(images, temperature / 1.02));
        Assert.InRange(Calibration.Of([.. images.Select(image => TemperatureScaling.Scale(image, temperature))]).ExpectedError, 0, 0.02);
    }

    [Fact]
    public void TwoImagesOfAKnownAnswer()
    {
        // Two right and one wrong of the same certainty: it should be 2 to 1, and is 9 to 1. Log-odds ln 9 become ln 2.
        ClassifiedImage[] images = [new("a", 0, [0.9f, 0.1f]), new("b", 0, [0.9f, 0.1f]), new("c", 1, [0.9f, 0.1f])];

        Assert.Equal(Math.Log(9) / Math.Log(2), TemperatureScaling.Fit(images)!.Value, 1e-6);
        Assert.Equal(2.0 / 3, TemperatureScaling.Scale(images[0], Math.Log(9) / Math.Log(2)).Probabilities[0], 1e-6);
    }

    [Fact]
    public void WhereAllIsRight_OrAllIsWrong_NoneFits()
    {
        Assert.Null(TemperatureScaling.Fit([new("a", 0, [0.9f, 0.1f])]));
        Assert.Null(TemperatureScaling.Fit([new("a", 1, [0.9f, 0.1f])]));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([]));
    }

    [Fact]
    public void AnAnswerNeverChanges_NorDoesCertaintyBreakIt()
    {
        var sure = TemperatureScaling.Scale(new("a", 0, [1, 0, 0]), 20);

        Assert.Equal(0, sure.Answer);
        Assert.Equal(1, sure.Probabilities.Sum(), 1e-6);
        Assert.InRange(sure.Probabilities[1], 0.001f, 0.1f);
        Assert.Throws<ArgumentOutOfRangeException>(() => TemperatureScaling.Scale(sure, 0));
    }

    private static double Loss(IEnumerable<ClassifiedImage> images, double temperature) =>
        images.Average(image => -Math.Log(TemperatureScaling.Scale(image, temperature).Probabilities[image.Class]));

    private static ImmutableArray<float> Softmax(double[] logits, double factor)
    {
        double[] powers = [.. logits.Select(logit => Math.Exp(factor * logit))];
        return [.. powers.Select(power => (float)(power / powers.Sum()))];
    }

    private static int Draw(ImmutableArray<float> probabilities, double toss)
    {
        var label = 0;
        for (; label < probabilities.Length - 1 && toss >= probabilities[label]; label++)
        {
            toss -= probabilities[label];
        }

        return label;
    }
}
