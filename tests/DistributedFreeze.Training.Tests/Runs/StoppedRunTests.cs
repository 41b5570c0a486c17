using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>What a run leaves that is stopped or cancelled.</summary>
[Slow]
public sealed class StoppedRunTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Fact]
    public async Task ARunThatIsStoppedBetweenTwoPhases_GoesOnFromThere()
    {
        var spec = undisturbed.NewSpec();
        RunDriver? run = null;
        var stopped = await undisturbed.RunAsync(
            spec,
            1,
            onEvent: (driver, _) => run = driver,
            wrap: (replica, _) => new WatchedReplica(replica) { BeforeModel = () => run!.RequestStop() }); // models are compared when a phase ends
        Assert.Equal((RunState.Interrupted, 1, 0), (stopped.State, stopped.Progress.Phase, stopped.Progress.Step));

        // Nobody had entered the second phase: what was held was the end of the first.
        var folder = new OutputFolder(spec.Output);
        var kept = CheckpointProgress.Newest(folder, folder.ReadSpec("output"))!;
        Assert.Equal((0, 1, 0), (kept.Phase, kept.Epoch, kept.Step));

        undisturbed.AssertSame(await undisturbed.RunAsync(spec, 1, resume: true), spec, 1);
    }

    [Fact]
    public async Task ARunThatIsCancelledBeforeItBegan_LeavesTheFolderAlone()
    {
        var spec = undisturbed.NewSpec();
        var output = new OutputFolder(spec.Output);
        output.Begin(spec); // somebody else's
        RunDriver? driver = null;
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 0);
        pool.Add(replica => new WatchedReplica(replica) { BeforePreparing = () => driver!.RequestCancel() });
        driver = new(LocalRun.RunId, spec with { Replicas = 1 }, pool, _ => { }, new ManualClock());

        Assert.Equal(RunState.Cancelled, (await driver.RunAsync(resume: false, TestContext.Current.CancellationToken)).State);

        Assert.True(File.Exists(output.Spec));
    }

    [Fact]
    public async Task ARunThatIsCancelled_LeavesNothing()
    {
        var spec = undisturbed.NewSpec();

        var outcome = await undisturbed.RunAsync(spec, 2, onEvent: (driver, e) =>
        {
            if (e is RunEvent.WindowDone)
            {
                _ = driver.RequestCancel();
            }
        });

        Assert.Equal(RunState.Cancelled, outcome.State);
        Assert.Empty(Directory.EnumerateFiles(spec.Output));
    }
}
