using System.Collections.Immutable;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Runs;

/// <summary>A run's epochs, as a client reads them.</summary>
[Slow]
public sealed class EpochsTests(TestSilo silo) : IDisposable
{
    private readonly SmallestRuns _runs = new();

    [Fact]
    public async Task AStatus_TellsTheLatestAndTheBestEpoch_AndTheRestIsAskedFor()
    {
        var run = await silo.StartAsync("asked-epochs", _runs.Spec("out"));
        await RunEvents.EndAsync(silo.Client, "asked-epochs");

        await CheckAsync(run);
        await silo.DeactivateAsync(run);
        await CheckAsync(run);
    }

    /// <summary>As a version stored it that kept a run's epochs in its record.</summary>
    [Fact]
    public async Task WhatAnOlderVersionStored_IsStillRead()
    {
        ImmutableArray<EpochResult> epochs = [.. Enumerable.Range(0, 1234).Select(Epoch)];
        var run = silo.Client.GetGrain<IRunGrain>("old-epochs");
        await silo.StoreAsync(run, new()
        {
            Submission = new(_runs.Spec("out"), Resume: false),
            State = RunState.Paused,
            Progress = new() { Epoch = epochs.Length, Epochs = epochs },
        });

        var status = await run.GetStatusAsync();

        Assert.Equal(epochs, await run.ReadAllEpochsAsync());
        Assert.Equal(epochs[400..900], await run.ReadEpochsAsync(400));
        Assert.Equal((1234, epochs[^1], epochs[600]), (status.EpochsDone, status.LatestEpoch, status.BestEpoch));
        await run.CancelAsync(); // which stores it as this version does
        await silo.DeactivateAsync(run);
        Assert.Equal(epochs, await run.ReadAllEpochsAsync());
        status = await run.GetStatusAsync();
        Assert.Equal((1234, epochs[^1], epochs[600]), (status.EpochsDone, status.LatestEpoch, status.BestEpoch));
    }

    public void Dispose() => _runs.Dispose();

    private static async Task CheckAsync(IRunGrain run)
    {
        var status = await run.GetStatusAsync();
        var epochs = await run.ReadAllEpochsAsync();

        Assert.Equal(3, epochs.Length);
        Assert.Equal(status.Receipt!.Epochs, epochs);
        Assert.Empty(status.Progress.Epochs);
        Assert.Equal((3, epochs[^1], epochs.MinBy(epoch => epoch.ValidationLoss)), (status.EpochsDone, status.LatestEpoch, status.BestEpoch));
    }

    private static EpochResult Epoch(int number) => new()
    {
        Phase = 0,
        Epoch = number,
        TrainLoss = 1,
        TrainAccuracy = 0.5,
        ValidationLoss = Math.Abs(number - 600),
        Seconds = 1,
        ImagesPerSecond = 1,
    };
}
