using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Runs;

/// <summary>A run that pauses by itself after an epoch is the run that it would be without.</summary>
[Slow]
public sealed class PauseAfterEpochTests(TestSilo silo) : IDisposable
{
    private readonly SmallestRuns _runs = new();

    [Fact]
    public async Task ARun_PausesAfterEachEpochThatItIsToPauseAfter_WithoutDevices_AndComesToTheSameModel()
    {
        var alone = await silo.StartAsync("in-one-go", _runs.Spec("in-one-go"));
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "in-one-go")).State);
        var run = await StartUntilAsync("in-pieces", 1);

        foreach (var epochs in (int[])[1, 2]) // within a phase, and between two
        {
            var status = await PausedAsync(run, epochs);
            Assert.Equal((RunState.Paused, epochs, epochs, 0), (status.State, status.EpochsDone, status.PauseAfterEpoch, status.Progress.Step));
            Assert.DoesNotContain(await silo.Client.GetGrain<ISchedulerGrain>(0).ListDevicesAsync(), device => device.RunId == "in-pieces");
            await run.ResumeUntilAsync(epochs); // it has come that far
            Assert.Equal(RunState.Paused, (await run.GetStatusAsync()).State);
            await silo.DeactivateAsync(run); // what it is to do is stored
            await run.ResumeUntilAsync(epochs + 1);
        }

        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "in-pieces")).State); // a run that ends with its last epoch doesn't pause after it
        var (whole, pieces) = ((await alone.GetStatusAsync()).Receipt!, (await run.GetStatusAsync()).Receipt!);
        Assert.Equal(whole.ModelSha256, pieces.ModelSha256);
        Assert.Equal(whole.TrainLoss, pieces.TrainLoss);
        Assert.Equal(whole.TestLoss, pieces.TestLoss);
        Assert.Equal(RunSpecKey.Of(whole.Spec), RunSpecKey.Of(pieces.Spec));
        Assert.Equal(2, (await RunEvents.ToTheEndAsync(silo.Client, "in-pieces")).Count(happened => happened is RunEvent.Paused));
    }

    [Fact]
    public async Task AResumeWithoutAnEpoch_KeepsOneThatIsNotReached_AndForgetsOneThatIs()
    {
        var gate = silo.GateAfterFirstWindow("by-hand");
        var run = await StartUntilAsync("by-hand", 2);
        await gate.Reached.WaitAsync(TestContext.Current.CancellationToken);
        await run.PauseAsync();
        gate.Open();
        Assert.Equal(0, (await PausedAsync(run, epochs: 0)).EpochsDone);

        await run.ResumeAsync();
        Assert.Equal(2, (await PausedAsync(run, epochs: 2)).EpochsDone);
        await run.ResumeAsync();

        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "by-hand")).State);
    }

    [Fact]
    public async Task TheSameRunAgain_ChangesNothing_AndItsCancellationSaysWhy()
    {
        var run = await StartUntilAsync("cancelled-for-cause", 1);
        await PausedAsync(run, epochs: 1);

        await run.StartUntilAsync(new(_runs.Spec("cancelled-for-cause"), Resume: false), 3);
        Assert.Equal((RunState.Paused, 1), ((await run.GetStatusAsync()).State, (await run.GetStatusAsync()).PauseAfterEpoch));
        await run.CancelBecauseAsync("it lagged\nbehind");

        var ended = await RunEvents.EndAsync(silo.Client, "cancelled-for-cause");
        Assert.Equal((RunState.Cancelled, "Cancelled: it lagged\\u000abehind."), (ended.State, ended.Reason));
        Assert.Equal((ended.Reason, 1), ((await run.GetStatusAsync()).Reason, (await run.ReadEpochsAsync(0)).Length));
        await Assert.ThrowsAsync<InvalidInputException>(() => run.ResumeUntilAsync(2));
    }

    [Fact]
    public async Task ARunThatPausedByItself_AndThatSomebodyPauses_WaitsForThem()
    {
        var run = await StartUntilAsync("both", 1);
        await PausedAsync(run, epochs: 1);

        await run.PauseAsync();

        var status = await run.GetStatusAsync();
        Assert.Equal((RunState.Paused, 1, (int?)null), (status.State, status.EpochsDone, status.PauseAfterEpoch));
        await run.CancelBecauseAsync(new string('x', 100_000));
        Assert.InRange((await RunEvents.EndAsync(silo.Client, "both")).Reason!.Length, 500, 520);
    }

    [Fact]
    public async Task EpochsBelowOne_AreRefused()
    {
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => StartUntilAsync("never", 0));

        Assert.Equal("epochs", Assert.Single(refused.Problems).Field);
        await Assert.ThrowsAsync<RunNotFoundException>(() => silo.Client.GetGrain<IRunGrain>("never").GetStatusAsync());
    }

    public void Dispose() => _runs.Dispose();

    private async Task<IRunGrain> StartUntilAsync(string runId, int epochs)
    {
        var run = silo.Client.GetGrain<IRunGrain>(runId);
        await run.StartUntilAsync(new(_runs.Spec(runId), Resume: false), epochs);
        return run;
    }

    /// <summary>Waits for the pause after some epochs; there may have been others before.</summary>
    private static async Task<RunStatus> PausedAsync(IRunGrain run, int epochs)
    {
        for (var last = 0L; ;)
        {
            foreach (var happened in await run.ReadEventsAsync(last))
            {
                last = happened.Sequence;
                if (happened is RunEvent.Paused && await run.GetStatusAsync() is { State: RunState.Paused } status && status.EpochsDone >= epochs)
                {
                    return status;
                }
            }
        }
    }
}
