using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

public sealed class RunWindowsTests
{
    private readonly ManualClock _time = new();
    private readonly RunWindows _windows;

    public RunWindowsTests() => _windows = new(PreparedRunTests.Of(PreparedRunTests.Spec), _time);

    [Fact]
    public void AWindow_BeginsWhereTheRunStandsAndEndsWithTheEpoch()
    {
        var first = Window(new() { Phase = 1, Epoch = 2 }, seconds: 0.001, steps: 1);

        var next = _windows.Next(first, isShort: false);

        Assert.Equal((1, 2, 1, 2), (next.Phase, next.Epoch, next.FirstStep, next.Steps));
        Assert.Same(first, next.Progress);
    }

    [Fact]
    public void WhatAWindowCameTo_IsTold()
    {
        var before = new RunProgress { Phase = 0, Epoch = 1 };
        var report = Report(steps: 2, loss: 15, correct: 5);
        _windows.Next(before, isShort: false);
        _time.Advance(TimeSpan.FromSeconds(4));

        var told = _windows.End(WindowTally.Add(before, report), report);

        Assert.Equal((0, 1, 2, 3), (told.Phase, told.Epoch, told.Step, told.Steps));
        Assert.Equal((2, 20), (told.WindowSteps, told.WindowImages));
        Assert.Equal((1.5, 0.5, 5), (told.Loss, told.Accuracy, told.ImagesPerSecond));
    }

    [Fact]
    public void AnEpoch_IsTimedFromItsOwnFirstWindow()
    {
        var end = Window(new() { Phase = 0, Epoch = 0 }, seconds: 7, steps: 3);
        end = Window(RunCursor.AfterEpoch(end, _windows.Epoch(end, validation: null), new()), seconds: 2, steps: 1);
        end = Window(end, seconds: 1, steps: 2);

        var result = _windows.Epoch(end, new(Samples: 5, Loss: 0.25, Accuracy: 0.8, IsWhole: true));

        Assert.Equal((0, 1), (result.Phase, result.Epoch));
        Assert.Equal((3, 10), (result.Seconds, result.ImagesPerSecond));
        Assert.Equal((1.5, 0.5), (result.TrainLoss, result.TrainAccuracy));
        Assert.Equal((0.25, 0.8), (result.ValidationLoss!.Value, result.ValidationAccuracy!.Value));
    }

    [Fact]
    public void AnEpochThatIsResumedAfterItsLastStep_TookWhatItsAttemptsTookTogether()
    {
        _time.Advance(TimeSpan.FromHours(3)); // the machine is up
        var end = Window(new() { Phase = 1, Epoch = 2 }, seconds: 5, steps: 3);
        var resumed = new RunWindows(PreparedRunTests.Of(PreparedRunTests.Spec), _time);

        resumed.BeginScore(end);
        _time.Advance(TimeSpan.FromSeconds(2));
        var result = resumed.Epoch(end, validation: null);

        Assert.Equal((7, 6), (result.Seconds, result.ImagesPerSecond));
    }

    [Fact]
    public void AnEpochThatIsResumedAmidItsSteps_TookWhatItsAttemptsTookTogether()
    {
        var half = Window(new() { Phase = 1, Epoch = 2 }, seconds: 5, steps: 2);
        _time.Advance(TimeSpan.FromHours(3)); // nobody drives it
        var resumed = new RunWindows(PreparedRunTests.Of(PreparedRunTests.Spec), _time);

        var end = Window(half, seconds: 1, steps: 1, resumed);
        var result = resumed.Epoch(end, validation: null);

        Assert.Equal((6, 5), (result.Seconds, result.ImagesPerSecond));
    }

    [Fact]
    public void AnEpochOfACheckpointThatKeptNoTime_TookWhatThisAttemptTook()
    {
        _time.Advance(TimeSpan.FromHours(3));
        var result = _windows.Epoch(new() { Phase = 1, Epoch = 2, Step = 3, LossSum = 3, Correct = 1, Samples = 30 }, validation: null);

        Assert.Equal((0, 0), (result.Seconds, result.ImagesPerSecond));
    }

    private RunProgress Window(RunProgress progress, double seconds, int steps, RunWindows? windows = null)
    {
        windows ??= _windows;
        windows.Next(progress, isShort: false);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        var report = Report(steps, loss: 15, correct: 5);
        progress = WindowTally.Add(progress, report);
        windows.End(progress, report);
        return windows.Timed(progress);
    }

    private static WindowReport Report(int steps, float loss, int correct) => new()
    {
        Losses = [.. Enumerable.Repeat(loss, steps)],
        Correct = [.. Enumerable.Repeat(correct, steps)],
        Samples = [.. Enumerable.Repeat(10, steps)],
        Stopped = false,
        Times = default,
    };
}
