namespace DistributedFreeze.Training.Rates;

public sealed class RateCurveTests
{
    private static readonly RateRange Range = new(1e-4, 1, Steps: 100);

    [Fact]
    public void EachRate_IsTheSameFactorLargerThanTheOneBefore()
    {
        var range = new RateRange(1e-3, 10, Steps: 5);

        Assert.Equal([1e-3, 1e-2, 1e-1, 1, 10], Enumerable.Range(0, 5).Select(step => range.At(step)), (one, other) => Math.Abs(one / other - 1) < 1e-12);
    }

    [Fact]
    public void Smoothing_ForgetsTwoPercentAStep_AndBeginsWithTheFirstLoss()
    {
        var curve = Of(3, 1, 2);

        // Weights 0.98^2, 0.98 and 1, over their sum.
        Assert.Equal([3, ((0.98 * 3) + 1) / 1.98, ((0.98 * 0.98 * 3) + (0.98 * 1) + 2) / ((0.98 * 0.98) + 0.98 + 1)], curve.Points.Select(point => point.Smoothed), (one, other) => Math.Abs(one - other) < 1e-12);
        Assert.Equal([3, 1, 2.0], curve.Points.Select(point => point.Loss));
    }

    [Fact]
    public void Suggestion_IsWhereTheLossBeginsToFallMostSteeply()
    {
        var curve = Of([.. Enumerable.Range(0, 100).Select(step => step < 40 ? 1 : 0.5)]);

        Assert.Equal(Range.At(39), curve.Suggested);
        Assert.Equal(Range.At(94), curve.Lowest); // the last five steps are left out
        Assert.Null(curve.DivergedAt);
    }

    [Fact]
    public void MoreSteps_LookAsFarAlongTheRange()
    {
        // A loss that falls slowly, with a step here and there that happens to meet easy images.
        var range = Range with { Steps = 1000 };
        var curve = Enumerable.Range(0, 1000).Aggregate(RateCurve.Of(1000), (curve, step) => curve.With(range.At(step), (step < 500 ? 1 : 1 - ((step - 500) / 600.0)) - (step % 97 == 0 ? 0.3 : 0)));

        Assert.InRange(curve.Suggested!.Value, range.At(500), range.At(949));
    }

    [Fact]
    public void FirstStepsAndLastOnes_AreNotJudged()
    {
        double[] losses = [.. Enumerable.Range(0, 100).Select(step => 1 + (step / 1000.0))];
        (losses[2], losses[95]) = (0.1, 0.1);

        Assert.Null(Of(losses).Suggested);
        losses[94] = 0.1;
        Assert.Equal(Range.At(93), Of(losses).Suggested);
    }

    [Fact]
    public void LossThatRisesThroughout_SuggestsNothing() => Assert.Null(Of([.. Enumerable.Range(0, 100).Select(step => 1 + (step / 100.0))]).Suggested);

    [Fact]
    public void FewerStepsThanAreLeftOut_SuggestNothing()
    {
        Assert.Null(Of(3, 2, 1).Suggested);
        Assert.Null(Of(3, 2, 1).Lowest);
    }

    [Fact]
    public void ItDiverges_WhereTheSmoothedLossIsFourTimesItsLowest()
    {
        Assert.Null(Of(1, 6.9).DivergedAt);
        Assert.Equal(Range.At(1), Of(1, 7.1).DivergedAt);
    }

    [Fact]
    public void ItDiverges_WhereTheLossIsNoNumber()
    {
        var curve = Of(1, double.NaN);

        Assert.Equal(Range.At(1), curve.DivergedAt);
        Assert.Single(curve.Points);
    }

    private static RateCurve Of(params double[] losses) =>
        losses.Index().Aggregate(RateCurve.Of(Range.Steps), (curve, loss) => curve.With(Range.At(loss.Index), loss.Item));
}
