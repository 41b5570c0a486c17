using DistributedFreeze.Cli.Results.Curves;

namespace DistributedFreeze.Client.Tests.Results;

public sealed class RunScalarsTests
{
    [Fact]
    public void StepsThatARunDoesAgain_AreToldOnce()
    {
        var scalars = new RunScalars(ToldRuns.Spec);

        var points = ToldRuns.SetBack.SelectMany(happened => scalars.Of(happened)).ToList();

        Assert.Equal(
            [(1L, 2.5), (3, 2.25), (5, 1.5), (6, 1.25), (9, 0.5)],
            points.Where(point => point.Tag == "train/loss").Select(point => (point.Step, point.Value)));
        Assert.Equal(
            [(3L, 3.25), (6, 2.25), (9, 1.5)],
            points.Where(point => point.Tag == "epoch/validation_loss").Select(point => (point.Step, point.Value)));
        Assert.Equal(points.Count, points.DistinctBy(point => (point.Tag, point.Step)).Count());
    }

    [Fact]
    public void APhaseThatEndsEarly_LeavesAGap()
    {
        var scalars = new RunScalars(ToldRuns.Spec);

        var points = ToldRuns.Numbered(ToldRuns.Prepared, ToldRuns.Window(0, 0, 3, 1), new Runs.RunEvent.PhaseDone(0, 1, 0, true), ToldRuns.Window(1, 0, 1, 1))
            .SelectMany(happened => scalars.Of(happened));

        Assert.Equal([3L, 7], points.Where(point => point.Tag == "train/loss").Select(point => point.Step));
    }

    [Fact]
    public void ARunThatGoesOnAtTheEndOfAnEpoch_KnowsItsStep()
    {
        var scalars = new RunScalars(ToldRuns.Spec);

        var points = ToldRuns.Numbered(ToldRuns.Prepared, ToldRuns.Epoch(0, 1, 1)).SelectMany(happened => scalars.Of(happened)).ToList();

        Assert.Equal(4, points.Count);
        Assert.All(points, point => Assert.Equal(6, point.Step));
        Assert.Equal(6, scalars.Of(ToldRuns.Receipt, ToldRuns.Start)[0].Step);
    }

    [Fact]
    public void WhatWasNotMeasured_HasNoPoint()
    {
        var scalars = new RunScalars(ToldRuns.Spec);
        var epoch = ToldRuns.Epoch(0, 0, 1).Result with { ValidationLoss = null, ValidationAccuracy = null };

        Assert.Equal(["epoch/train_loss", "epoch/train_accuracy"], scalars.Of(new Runs.RunEvent.EpochDone(epoch)).Select(point => point.Tag));
        Assert.Empty(scalars.Of(ToldRuns.Receipt with { TestLoss = null, TestAccuracy = null }, ToldRuns.Start));
    }
}
