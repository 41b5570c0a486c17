using DistributedFreeze.Runs;

namespace DistributedFreeze.Sweeps;

public sealed class TrialScoreTests
{
    [Fact]
    public void TheEpochThatCounts_IsTheBestOfTheLastPhase_OrTheLastWhereThatIsKept()
    {
        EpochResult[] epochs = [Epoch(0, 0, 0.9, isBest: true), Epoch(1, 0, 0.5, isBest: true), Epoch(1, 1, 0.7, isBest: true), Epoch(1, 2, 0.6)];

        Assert.Same(epochs[2], TrialScore.Kept(epochs, [new(), new()]));
        Assert.Same(epochs[3], TrialScore.Kept(epochs, [new(), new() { Keep = KeptEpoch.Last }]));
        Assert.Same(epochs[0], TrialScore.Kept(epochs[..1], [new(), new()]));
        Assert.Equal(0.7, TrialScore.Of(EpochMeasure.Accuracy, epochs[2]));
        Assert.Equal(0.3, TrialScore.Of(EpochMeasure.Loss, epochs[2])!.Value, 1e-12);
    }

    [Fact]
    public void TheBestComesFirst_OfEqualOnesThatOfLessLoss_ThenTheFirst_AndWhatHadFailedLast()
    {
        (TrialResult, System.Collections.Immutable.ImmutableArray<PhaseSpec>)[] trials =
        [
            (new() { State = TrialState.Failed, Epochs = [Epoch(0, 0, 1, isBest: true)] }, [new()]),
            (new() { Epochs = [Epoch(0, 0, 0.6, isBest: true, loss: 0.5)] }, [new()]),
            (new() { Epochs = [Epoch(0, 0, 0.6, isBest: true, loss: 0.4)] }, [new()]),
            (new() { Epochs = [Epoch(0, 0, 0.5, isBest: true), Epoch(0, 1, 0.9, isBest: true)] }, [new()]),
            (new() { Epochs = [Epoch(0, 0, 0.6, isBest: true, loss: 0.4)] }, [new()]),
            (new(), [new()]),
        ];

        Assert.Equal([3, 2, 4, 1, 0, 5], TrialScore.Order(EpochMeasure.Accuracy, trials));
        Assert.Equal([0, 2, 4, 1, 3, 5], TrialScore.Order(EpochMeasure.Accuracy, trials, upTo: 1)); // it failed after that epoch
        Assert.Equal([3, 2, 4, 1, 0, 5], TrialScore.Order(EpochMeasure.Accuracy, trials, upTo: 2));
        Assert.Equal([3, 2, 4, 1, 0, 5], TrialScore.Order(EpochMeasure.Loss, trials));
    }

    [Fact]
    public void ATable_HasTheWholeOnesFirst_ThenThoseThatCameFurthest_AndTheFailedLast()
    {
        (TrialResult, System.Collections.Immutable.ImmutableArray<PhaseSpec>)[] trials =
        [
            (new() { State = TrialState.Failed, Epochs = [Epoch(0, 0, 1, isBest: true)] }, [new()]),
            (new() { State = TrialState.Stopped, Epochs = [Epoch(0, 0, 0.9, isBest: true)] }, [new()]),
            (new() { State = TrialState.Finished, Epochs = [Epoch(0, 0, 0.5, isBest: true)] }, [new()]),
            (new() { State = TrialState.Stopped, Epochs = [Epoch(0, 0, 0.4, isBest: true), Epoch(0, 1, 0.8, isBest: true)] }, [new()]),
            (new() { State = TrialState.Finished, Epochs = [Epoch(0, 0, 0.6, isBest: true)] }, [new()]),
        ];

        Assert.Equal([4, 2, 3, 1, 0], TrialScore.Ranking(EpochMeasure.Accuracy, trials));
    }

    private static EpochResult Epoch(int phase, int epoch, double accuracy, bool isBest = false, double? loss = null) => new()
    {
        Phase = phase,
        Epoch = epoch,
        TrainLoss = 0,
        TrainAccuracy = 0,
        Seconds = 0,
        ImagesPerSecond = 0,
        ValidationAccuracy = accuracy,
        ValidationLoss = loss ?? 1 - accuracy,
        IsBest = isBest,
    };
}
