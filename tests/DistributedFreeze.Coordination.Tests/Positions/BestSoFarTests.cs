using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

public sealed class BestSoFarTests
{
    [Theory]
    [InlineData(EpochMeasure.Loss, 0, new[] { 3, 2, 4, 1.0 }, 3)]
    [InlineData(EpochMeasure.Loss, 0, new[] { 3, 2, 2, 2.0 }, 1)] // ties to the earlier one
    [InlineData(EpochMeasure.Loss, 0.5, new[] { 3, 2.5, 2.4, 2.0 }, 2)] // 2.5 is not better by more than 0.5
    [InlineData(EpochMeasure.Accuracy, 0, new[] { 0.1, 0.9, 0.9, 0.5 }, 1)]
    [InlineData(EpochMeasure.BalancedAccuracy, 0, new[] { 0.1, 0.9, 0.9, 0.5 }, 1)]
    [InlineData(EpochMeasure.MacroF1, 0, new[] { 0.1, 0.9, 0.9, 0.5 }, 1)]
    [InlineData(EpochMeasure.Accuracy, 0.25, new[] { 0.5, 0.75, 0.76, 1 }, 2)]
    public void TheBestEpoch_IsTheFirstOfThoseThatAreBetterByMoreThanTheDelta(EpochMeasure measure, double delta, double[] scores, int best)
    {
        var phase = new PhaseSpec { BestBy = measure, MinDelta = delta };

        var found = scores.Select(Scored).Aggregate((ScoredEpoch?)null, (before, result) => BestSoFar.With(before, result, phase));

        Assert.Equal(new ScoredEpoch(best, scores[best]), found);
    }

    [Fact]
    public void WithoutValidation_NoEpochIsTheBest() =>
        Assert.Null(BestSoFar.With(null, Scored(1, 0) with { ValidationLoss = null, ValidationAccuracy = null }, new()));

    [Theory]
    [InlineData(2, 1, false)]
    [InlineData(3, 1, true)]
    [InlineData(1, 0, false)]
    [InlineData(2, null, false)]
    public void Patience_CountsEpochsSinceTheBest(int epochs, int? best, bool isOver) => Assert.Equal(
        isOver && best is not null,
        BestSoFar.IsOutOfPatience(new() { Epoch = epochs, Best = best is { } epoch ? new(epoch, 1) : null }, new() { Patience = 1 }));

    [Fact]
    public void WithoutPatience_EveryEpochIsTrained() => Assert.False(BestSoFar.IsOutOfPatience(new() { Epoch = 1000, Best = new(0, 1) }, new()));

    [Fact]
    public void TheBestEpochsWeights_AreHeldUntilTheNextStep()
    {
        var after = new RunProgress { Epoch = 3, Best = new(2, 0.5) };

        Assert.True(BestSoFar.IsHere(after));
        Assert.False(BestSoFar.IsHere(after with { Step = 1 }));
        Assert.False(BestSoFar.IsHere(after with { Epoch = 4 }));
        Assert.False(BestSoFar.IsHere(after with { Best = null }));
    }

    [Fact]
    public void TheBestEpochsWeights_AreNeededWhereThePhaseKeepsThem_UntilItEnds()
    {
        ImmutableArray<PhaseSpec> phases = [new(), new() { Keep = KeptEpoch.Last }];
        var best = new RunProgress { Epoch = 3, Best = new(1, 0.5) };

        Assert.True(BestSoFar.IsNeeded(best, phases));
        Assert.False(BestSoFar.IsNeeded(best with { Phase = 1 }, phases));
        Assert.False(BestSoFar.IsNeeded(best with { IsPhaseEnded = true }, phases));
    }

    private static EpochResult Scored(double score, int epoch) => new()
    {
        Phase = 0,
        Epoch = epoch,
        TrainLoss = 1,
        TrainAccuracy = 1,
        ValidationLoss = score,
        ValidationAccuracy = score,
        ValidationBalancedAccuracy = score,
        ValidationMacroF1 = score,
        Seconds = 1,
        ImagesPerSecond = 1,
    };
}
