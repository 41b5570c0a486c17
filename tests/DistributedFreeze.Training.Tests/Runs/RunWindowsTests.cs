using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

public sealed class RunWindowsTests
{
    private readonly ManualTime _time = new();
    private readonly RunWindows _windows;

    public RunWindowsTests() => _windows = new(PreparedRunTests.Of(PreparedRunTests.Spec), _time);

    [Fact]
    public void AWindow_BeginsWhereTheRunStandsAndEndsWithTheEpoch()
    {
        var first = Window(new() { Phase = 1, Epoch = 2 }, seconds: 0.001, steps: 1);

        var next = _windows.Next(first);

        Assert.Equal((1, 2, 1, 2), (next.Phase, next.Epoch, next.FirstStep, next.Steps));
        Assert.Same(first, next.Progress);
    }

    [Fact]
    public void WhatAWindowCameTo_IsTold()
    {
        var before = new RunProgress { Phase = 0, Epoch = 1 };
        var report = Report(steps: 2, loss: 15, correct: 5);
        _windows.Next(before);
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
        end = Window(RunCursor.AfterEpoch(end, _windows.Epoch(end, validation: null)), seconds: 2, steps: 1);
        end = Window(end, seconds: 1, steps: 2);

        var result = _windows.Epoch(end, new(Samples: 5, Loss: 0.25, Accuracy: 0.8, IsWhole: true));

        Assert.Equal((0, 1), (result.Phase, result.Epoch));
        Assert.Equal((3, 10), (result.Seconds, result.ImagesPerSecond));
        Assert.Equal((1.5, 0.5), (result.TrainLoss, result.TrainAccuracy));
        Assert.Equal((0.25, 0.8), (result.ValidationLoss!.Value, result.ValidationAccuracy!.Value));
    }

    private RunProgress Window(RunProgress progress, double seconds, int steps)
    {
        _windows.Next(progress);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        var report = Report(steps, loss: 15, correct: 5);
        progress = WindowTally.Add(progress, report);
        _windows.End(progress, report);
        return progress;
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
