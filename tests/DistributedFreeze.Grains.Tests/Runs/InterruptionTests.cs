using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Runs;

namespace DistributedFreeze.Grains.Tests.Runs;

public sealed class InterruptionTests(TestSilo silo) : IDisposable
{
    private readonly SmallRuns _runs = new();

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

        await silo.StartAsync("other-spec", _runs.Spec("out") with { Seed = 4 }, resume: true);
        var ended = await RunEvents.EndAsync(silo.Client, "other-spec");

        Assert.Equal(RunState.Failed, ended.State);
        Assert.Contains("another spec", Assert.Single(ended.Problems).Message, StringComparison.Ordinal);
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

    public void Dispose() => _runs.Dispose();

    private async Task<Receipt> ReceiptAsync(string runId) =>
        (await silo.Client.GetGrain<IRunGrain>(runId).GetStatusAsync()).Receipt
        ?? throw new RunFailedException($"{runId} has no receipt.");
}
