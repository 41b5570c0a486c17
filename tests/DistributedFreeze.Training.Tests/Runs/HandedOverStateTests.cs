using DistributedFreeze.Coordination;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>What a replica needs that joins a run in its second phase.</summary>
[Slow(seconds: 3)]
public sealed class HandedOverStateTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    /// <summary>
    /// What the first phase trained and the second keeps, running statistics among it, what trains now, both moments of Adam, the average, and the
    /// copy of the best epoch: without any of them another model comes out.
    /// </summary>
    [Fact]
    public async Task WhoeverJoinsInTheSecondPhase_HasAllOfIt()
    {
        var spec = Spec();
        using var own = new UndisturbedRun.OwnWorkspace(spec);
        var alone = (await own.RunAsync(1)).Receipt!;

        using var pool = new ChangingPool(own.Workspaces, replicas: 1) { WaitsForNewcomers = true };
        var joined = 0;
        var again = Spec();
        var driver = new RunDriver(LocalRun.RunId, again with { Replicas = 4 }, pool, happened =>
        {
            if (happened is RunEvent.WindowDone { Phase: 1, Epoch: >= 1 } window)
            {
                pool.Resize(window.Epoch + 1);
            }

            joined += happened is RunEvent.Regrouped group ? group.Joined.Length : 0;
        }, new ManualClock());
        var together = (await driver.RunAsync(resume: false, TestContext.Current.CancellationToken)).Receipt!;

        Assert.InRange(StateBroadcast.PiecesOf(own.Workspace.Run)[1], 30, 64); // so that it is broadcast
        Assert.True(alone.Phases[1].KeptEpoch < 3, "the last epoch is the best: its copy is not needed");
        Assert.Equal(3, joined);
        Assert.Equal(alone.ModelSha256, together.ModelSha256);
        Assert.Equal(alone.TrainLoss, together.TrainLoss);
    }

    private RunSpec Spec()
    {
        var spec = undisturbed.NewSpec();
        var optimizer = new OptimizerSpec { Kind = OptimizerKind.Adam, LearningRate = 0.05 };
        return spec with
        {
            Phases =
            [
                new() { Epochs = 1, Freeze = new FreezePolicy.LastLayers(4), Optimizer = optimizer with { LearningRate = 1e-3 }, BatchNorm = BatchNormMode.Train },
                new() { Epochs = 4, Optimizer = optimizer, Ema = 0.5 },
            ],
        };
    }
}
