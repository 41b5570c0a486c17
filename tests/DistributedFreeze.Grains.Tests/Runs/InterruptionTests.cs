using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Runs;

[Slow]
public sealed class InterruptionTests(TestSilo silo) : IDisposable
{
    private readonly SmallestRuns _runs = new();

    [Fact]
    public async Task AnInterruptedRun_LeavesACheckpointAndGoesOnToTheSameModel()
    {
        var gate = silo.GateAfterFirstWindow("broken-off");
        var run = await silo.StartAsync("broken-off", _runs.Spec("out"));
        await gate.Reached.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(RunState.Running, (await run.GetStatusAsync()).State);
        await run.InterruptAsync();
        gate.Open();
        var interrupted = await RunEvents.EndAsync(silo.Client, "broken-off");

        var output = new OutputFolder(_runs.In("out"));
        Assert.Equal(RunState.Interrupted, interrupted.State);
        Assert.Contains(output.Path, interrupted.Reason, StringComparison.Ordinal);
        Assert.True(File.Exists(output.Checkpoint));
        Assert.False(File.Exists(output.Receipt));
        var status = await run.GetStatusAsync();
        Assert.Equal((RunState.Interrupted, 0, 2), (status.State, status.Progress.Epoch, status.Progress.Step));

        await silo.StartAsync("goes-on", _runs.Spec("out", replicas: 4), resume: true);
        await silo.StartAsync("left-alone", _runs.Spec("left-alone", replicas: 1));
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "goes-on")).State);
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "left-alone")).State);

        var goneOn = await ReceiptAsync("goes-on");
        var undisturbed = await ReceiptAsync("left-alone");
        Assert.Equal(undisturbed.ModelSha256, goneOn.ModelSha256);
        Assert.Equal(undisturbed.TrainLoss, goneOn.TrainLoss);
        Assert.False(File.Exists(output.Checkpoint));
    }

    [Fact]
    public async Task ARunInterruptedBeforeItsFirstStep_GoesOnToo()
    {
        var run = await silo.StartAsync("at-once", _runs.Spec("out"));
        await run.InterruptAsync();

        Assert.Equal(RunState.Interrupted, (await RunEvents.EndAsync(silo.Client, "at-once")).State);
        await silo.StartAsync("at-once-again", _runs.Spec("out"), resume: true);
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "at-once-again")).State);
    }

    [Fact]
    public async Task ACheckpointOfAnotherSpec_IsRefused()
    {
        var gate = silo.GateAfterFirstWindow("one-spec");
        var run = await silo.StartAsync("one-spec", _runs.Spec("out"));
        await gate.Reached.WaitAsync(TestContext.Current.CancellationToken);
        await run.InterruptAsync();
        gate.Open();
        await RunEvents.EndAsync(silo.Client, "one-spec");

        var refused = await Assert.ThrowsAsync<InvalidInputException>(
            () => silo.StartAsync("other-spec", _runs.Spec("out") with { Seed = 4 }, resume: true));

        Assert.Contains("another spec", Assert.Single(refused.Problems).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RunNotFoundException>(() => silo.Client.GetGrain<IRunGrain>("other-spec").GetStatusAsync());
        Assert.True(File.Exists(new OutputFolder(_runs.In("out")).Checkpoint));
    }

    [Fact]
    public async Task ARunWhoseCoordinatorLeaves_IsPickedUpToTheSameModel()
    {
        await silo.StartAsync("not-deactivated", _runs.Spec("not-deactivated"));
        await RunEvents.EndAsync(silo.Client, "not-deactivated");
        var gate = silo.GateAfterFirstWindow("deactivated");
        var run = await silo.StartAsync("deactivated", _runs.Spec("out"));
        await gate.Reached.WaitAsync(TestContext.Current.CancellationToken);
        var deactivated = silo.DeactivateAsync(run);
        gate.Open();
        await deactivated;
        Assert.True(File.Exists(new OutputFolder(_runs.In("out")).Checkpoint));

        var events = await RunEvents.ToTheEndAsync(silo.Client, "deactivated");

        Assert.Equal("replicas", Assert.Single(events.OfType<RunEvent.PickedUp>()).From);
        Assert.Equal((await ReceiptAsync("not-deactivated")).ModelSha256, (await ReceiptAsync("deactivated")).ModelSha256);
    }

    [Fact]
    public async Task ARunThatIsResumedBeforeItsEndIsThrough_CountsAsUnfinished()
    {
        var end = silo.GateBeforeMark("resumed-early", unfinished: false);
        var window = silo.GateAfterFirstWindow("resumed-early");
        var run = await silo.StartAsync("resumed-early", _runs.Spec("out"));
        await run.InterruptAsync();
        await end.Reached.WaitAsync(TestContext.Current.CancellationToken);

        var resumed = run.ResumeAsync();
        await AskAgainAndAgainAsync(run);
        Assert.False(resumed.IsCompleted);
        end.Open();
        await resumed;
        await window.Reached.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Contains("resumed-early", await silo.Client.GetGrain<ICatalogueGrain>(0).ListUnfinishedAsync());
        window.Open();
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "resumed-early")).State);
    }

    [Fact]
    public async Task ARunThatIsDeletedBeforeItsEndIsThrough_WaitsForIt()
    {
        var end = silo.GateBeforeMark("deleted-early", unfinished: false);
        var run = await silo.StartAsync("deleted-early", _runs.Spec("out"));
        await run.InterruptAsync();
        await end.Reached.WaitAsync(TestContext.Current.CancellationToken);

        var deleted = run.DeleteAsync();
        await AskAgainAndAgainAsync(run);
        Assert.False(deleted.IsCompleted);
        end.Open();
        await deleted;

        await Assert.ThrowsAsync<RunNotFoundException>(() => run.GetStatusAsync());
    }

    [Fact]
    public async Task ARunThatIsCancelledWhileItIsResumed_StaysCancelled()
    {
        var run = await silo.StartAsync("cancelled-late", _runs.Spec("out"));
        await run.PauseAsync();
        await RunEvents.UntilAsync<RunEvent.Paused>(run);
        var resuming = silo.GateBeforeMark("cancelled-late", unfinished: true);

        var resumed = run.ResumeAsync();
        await resuming.Reached.WaitAsync(TestContext.Current.CancellationToken);
        await run.CancelAsync();
        resuming.Open();

        await Assert.ThrowsAsync<InvalidInputException>(() => resumed);
        Assert.Equal(RunState.Cancelled, (await run.GetStatusAsync()).State);
        Assert.DoesNotContain("cancelled-late", await silo.Client.GetGrain<ICatalogueGrain>(0).ListUnfinishedAsync());
    }

    public void Dispose() => _runs.Dispose();

    /// <summary>What these calls overtake had all the time to be done.</summary>
    private static async Task AskAgainAndAgainAsync(IRunGrain run)
    {
        for (var i = 0; i < 50; i++)
        {
            await run.GetStatusAsync();
        }
    }

    private async Task<Receipt> ReceiptAsync(string runId) =>
        (await silo.Client.GetGrain<IRunGrain>(runId).GetStatusAsync()).Receipt
        ?? throw new RunFailedException($"{runId} has no receipt.");
}
