using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

public sealed class SurveyTests
{
    [Fact]
    public void TheFurthestReplica_IsTheTruth()
    {
        var survey = Survey.Of([At(0, 1, 4, steps: 1), At(0, 1, 4, steps: 2), At(0, 1, 4, steps: 2)], new() { Epoch = 1, Step = 4 });

        Assert.Equal((0, 1, 6), (survey.Progress!.Phase, survey.Progress.Epoch, survey.Progress.Step));
        Assert.Equal([1, 2], survey.Current);
        Assert.Equal(2 * 0.5, survey.Progress.LossSum);
        Assert.Equal(2 * 7, survey.Progress.Samples);
    }

    [Fact]
    public void AReplicaInALaterPhase_IsFurther()
    {
        var survey = Survey.Of([At(0, 2, 9), At(1, 0, 0)], new());

        Assert.Equal(1, survey.Progress!.Phase);
        Assert.Equal([1], survey.Current);
    }

    [Theory]
    [InlineData(0, 3, 0)]
    [InlineData(1, 0, 0)]
    public void AScoredEpochOrAnOpenedPhase_IsNotForgotten(int phase, int epoch, int step)
    {
        var known = new RunProgress { Phase = phase, Epoch = epoch, Step = step };

        var survey = Survey.Of([At(0, 2, 8, steps: 1)], known);

        Assert.Same(known, survey.Progress);
        Assert.Equal([0], survey.Current);
    }

    [Fact]
    public void WhereNobodyHoldsAState_NothingIsKnown()
    {
        var survey = Survey.Of([null, null], new() { Epoch = 3 });

        Assert.Null(survey.Progress);
        Assert.Empty(survey.Current);
    }

    private static ReplicaPosition At(int phase, int epoch, int step, int steps = 0) => new()
    {
        Base = new() { Phase = phase, Epoch = epoch, Step = step },
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
