using System.Collections.Immutable;
using DistributedFreeze.Freezing;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

public sealed class SurveyTests
{
    [Fact]
    public void TheFurthestReplica_IsTheTruth()
    {
        var survey = Survey.Of([At(0, 1, 4, steps: 1), At(0, 1, 4, steps: 2), At(0, 1, 4, steps: 2)], new() { Epoch = 1, Step = 4 }, Phases);

        Assert.Equal((0, 1, 6), (survey.Progress!.Phase, survey.Progress.Epoch, survey.Progress.Step));
        Assert.Equal([1, 2], survey.Current);
        Assert.Equal(2 * 0.5, survey.Progress.LossSum);
        Assert.Equal(2 * 7, survey.Progress.Samples);
    }

    [Fact]
    public void AReplicaInALaterPhase_IsFurther()
    {
        var survey = Survey.Of([At(0, 2, 9), At(1, 0, 0)], new(), Phases);

        Assert.Equal(1, survey.Progress!.Phase);
        Assert.Equal([1], survey.Current);
    }

    [Fact]
    public void AScoredEpoch_IsNotForgotten()
    {
        var known = new RunProgress { Epoch = 3 };

        var survey = Survey.Of([At(0, 2, 8, steps: 2)], known, Phases);

        Assert.Same(known, survey.Progress);
        Assert.Equal([0], survey.Current);
    }

    [Fact]
    public void AnOpenedPhase_IsNotForgotten()
    {
        var known = new RunProgress { Phase = 1 };

        var survey = Survey.Of([Ended(At(0, 3, 0))], known, Phases);

        Assert.Same(known, survey.Progress);
        Assert.Equal([0], survey.Current);
    }

    [Fact]
    public void WhoHasEndedThePhase_IsFurtherThanThoseWhoHaveNot()
    {
        var survey = Survey.Of([At(0, 3, 0), Ended(At(0, 3, 0)) with { StateHash = "taken back" }], new() { Epoch = 3 }, Phases);

        Assert.True(survey.Progress!.IsPhaseEnded);
        Assert.Equal([1], survey.Current);
        Assert.Null(survey.Doubt);
    }

    [Fact]
    public void WhereNobodyWhoIsLeftHasEndedThePhase_ItEndsAgain()
    {
        var survey = Survey.Of([At(0, 3, 0)], new() { Epoch = 3, IsPhaseEnded = true }, Phases);

        Assert.False(survey.Progress!.IsPhaseEnded);
        Assert.Equal([0], survey.Current);
    }

    [Fact]
    public void WhereNobodyHoldsAState_NothingIsKnown()
    {
        var survey = Survey.Of([null, null], new() { Epoch = 3 }, Phases);

        Assert.Null(survey.Progress);
        Assert.Empty(survey.Current);
    }

    [Theory]
    [InlineData(0, 3, 0)]
    [InlineData(1, 0, 0)]
    public void AReplicaThatIsLeftBehindInAnEpoch_DoesNotHoldWhatTheEpochCameTo(int phase, int epoch, int step)
    {
        var known = new RunProgress { Phase = phase, Epoch = epoch, Step = step };

        var survey = Survey.Of([At(0, 2, 8, steps: 1)], known, Phases);

        Assert.Equal((0, 2, 9), (survey.Progress!.Phase, survey.Progress.Epoch, survey.Progress.Step));
    }

    [Fact]
    public void ReplicasOfOneStepWithDifferentStates_AreNotBelieved()
    {
        var survey = Survey.Of([At(0, 1, 4), At(0, 1, 4) with { StateHash = "other" }, At(0, 1, 3)], new() { Epoch = 1, Step = 4 }, Phases);

        Assert.Null(survey.Progress);
        Assert.Empty(survey.Current);
        Assert.Contains("different states", survey.Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public void AReplicaThatShowsNoHash_IsNotBelieved()
    {
        var survey = Survey.Of([At(0, 1, 9) with { StateHash = null }, At(0, 1, 4)], new(), Phases);

        Assert.Equal(4, survey.Progress!.Step);
        Assert.Equal([1], survey.Current);
    }

    [Fact]
    public void EpochsThatAnOrderLeftOut_ComeFromWhatIsKnown()
    {
        EpochResult[] done = [Epoch(0), Epoch(1), Epoch(2), Epoch(3)];
        var position = At(0, 4, 1);
        position = position with { Base = position.Base with { EpochsBefore = 2, Epochs = [done[2], done[3]] } };

        var survey = Survey.Of([position], new() { Epoch = 3, Epochs = [.. done[..3]] }, Phases);

        Assert.Equal((4, 1, 0), (survey.Progress!.Epoch, survey.Progress.Step, survey.Progress.EpochsBefore));
        Assert.Equal(done, survey.Progress.Epochs);
    }

    [Fact]
    public void AStateAheadOfEveryKnownEpoch_IsNotBelieved()
    {
        var position = At(0, 4, 1);
        position = position with { Base = position.Base with { EpochsBefore = 4 } };

        var survey = Survey.Of([position, At(0, 2, 0)], new() { Epoch = 3, Epochs = [Epoch(0), Epoch(1), Epoch(2)] }, Phases);

        Assert.Equal(2, survey.Progress!.Epoch);
        Assert.Equal([1], survey.Current);
    }

    private static ReplicaPosition Ended(ReplicaPosition position) => position with { Base = position.Base with { IsPhaseEnded = true } };

    private static EpochResult Epoch(int number) => new() { Phase = 0, Epoch = number, TrainLoss = number, TrainAccuracy = 0, Seconds = 1, ImagesPerSecond = 1 };

    /// <summary>Three epochs of ten steps, then two.</summary>
    private static readonly ImmutableArray<PhaseSpec> Phases = [Phase(epochs: 3), Phase(epochs: 2)];

    private static PhaseSpec Phase(int epochs) => new() { Freeze = new FreezePolicy.None(), Epochs = epochs };

    private static ReplicaPosition At(int phase, int epoch, int step, int steps = 0) => new()
    {
        Base = new() { Phase = phase, Epoch = epoch, Step = step },
        StateHash = $"{phase} {epoch} {step + steps}",
        StepsPerEpoch = 10,
        Since = steps == 0 ? null : new()
        {
            Losses = [.. Enumerable.Repeat(0.5f, steps)],
            Correct = [.. Enumerable.Repeat(3, steps)],
            Samples = [.. Enumerable.Repeat(7, steps)],
            Stopped = false,
            Times = default,
        },
    };
}
