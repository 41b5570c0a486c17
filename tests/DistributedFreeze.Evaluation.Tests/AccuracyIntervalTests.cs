
namespace DistributedFreeze.Evaluation;

public sealed class AccuracyIntervalTests
{
    [Fact]
    public void ASeed_GivesOneIntervalOnEveryMachine()
    {
        Assert.Equal(new AccuracyInterval(0.81, 0.905), AccuracyInterval.Of(172, 200, seed: 0));
        Assert.Equal(AccuracyInterval.Of(172, 200, seed: 7), AccuracyInterval.Of(172, 200, seed: 7));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(57, 60)]
    [InlineData(172, 200)]
    [InlineData(4321, 5000)]
    public void TheInterval_IsThatOfDrawingImages(int correct, int images)
    {
        var random = new Random(3);
        var accuracies = Enumerable.Range(0, 2_000).Select(_ => Enumerable.Range(0, images).Count(_ => random.Next(images) < correct) / (double)images).Order().ToArray();

        var interval = AccuracyInterval.Of(correct, images, seed: 1);

        // Both are samples of the same distribution: their 2.5th percentiles differ by about a tenth of its width.
        var deviation = Math.Sqrt((double)correct / images * (1 - ((double)correct / images)) / images);
        var slack = (0.3 * deviation) + (1.0 / images);
        Assert.InRange(interval.Low, accuracies[50] - slack, accuracies[50] + slack);
        Assert.InRange(interval.High, accuracies[1949] - slack, accuracies[1949] + slack);
        Assert.InRange((double)correct / images, interval.Low, interval.High);
    }

    [Fact]
    public void AnotherSeed_DrawsOtherResamples() =>
        Assert.True(Enumerable.Range(0, 20).Select(seed => AccuracyInterval.Of(4321, 5000, seed)).Distinct().Count() > 1);

    [Fact]
    public void AllOrNothing_HasNoWidth()
    {
        Assert.Equal(new AccuracyInterval(1, 1), AccuracyInterval.Of(1, 1, seed: 0));
        Assert.Equal(new AccuracyInterval(0, 0), AccuracyInterval.Of(0, 1, seed: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => AccuracyInterval.Of(0, 0, seed: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => AccuracyInterval.Of(2, 1, seed: 0));
    }
}
