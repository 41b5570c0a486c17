using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Sweeps;

public sealed class RungsTests
{
    [Fact]
    public void Rungs_GrowByTheFactor_BelowTheLongestTrialsEnd()
    {
        Assert.Equal([3, 9, 27], Rungs.Of(new(FromEpoch: 3, Factor: 3), mostEpochs: 30));
        Assert.Equal([3, 9], Rungs.Of(new(FromEpoch: 3, Factor: 3), mostEpochs: 27));
        Assert.Empty(Rungs.Of(new(FromEpoch: 5, Factor: 2), mostEpochs: 5));
        Assert.Equal([1_000_000_000], Rungs.Of(new(FromEpoch: 1_000_000_000, Factor: 10), mostEpochs: int.MaxValue));
        Assert.Empty(Rungs.Of(halving: null, mostEpochs: 5));
    }

    [Fact]
    public void OneOfSoManyGoesOn_RoundedUp() => Assert.Equal((1, 1, 2, 17), (Rungs.Promoted(1, 3), Rungs.Promoted(3, 3), Rungs.Promoted(4, 3), Rungs.Promoted(50, 3)));

    [Fact]
    public void ThoseThatGoOn_AreTheBestByTheEpochsUpToTheRung_InTheOrderOfTheTrials()
    {
        (TrialResult, ImmutableArray<PhaseSpec>)[] trials = [Trial(0.3), Trial(0.5, 0.1), Trial(0.4), Trial(0.2)];

        Assert.Equal([0, 3], Rungs.GoOn(EpochMeasure.Loss, trials, rung: 1, factor: 2));
        Assert.Equal([1, 3], Rungs.GoOn(EpochMeasure.Loss, trials, rung: 2, factor: 2));
    }

    [Fact]
    public void TheMostEpochs_AreThoseOfTheLongestAfterEachComparison()
    {
        Assert.Equal(3 * 4, Rungs.MostEpochs(halving: null, [4, 4, 4]));
        Assert.Equal(5 * 1 + 3 * 1 + 2 * 2, Rungs.MostEpochs(new(1, 2), [4, 4, 4, 4, 4])); // 5 up to 1, 3 up to 2, 2 to the end
        Assert.Equal(2 * 1 + 9, Rungs.MostEpochs(new(1, 10), [1, 10]));
    }

    private static (TrialResult Result, ImmutableArray<PhaseSpec> Phases) Trial(params double[] losses) => (
        new()
        {
            Epochs = [.. losses.Select((loss, epoch) => new EpochResult { Phase = 0, Epoch = epoch, TrainLoss = 0, TrainAccuracy = 0, Seconds = 0, ImagesPerSecond = 0, ValidationLoss = loss, IsBest = true })],
        },
        [new()]);
}
