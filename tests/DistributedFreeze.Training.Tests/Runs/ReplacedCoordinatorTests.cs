using System.Collections.Immutable;
using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 5 where it is the coordinator that is lost: another one finds the replicas, or what they have left.</summary>
[Slow]
public sealed class ReplacedCoordinatorTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task ACoordinatorThatIsLost_IsReplacedWithoutRepeatingAStep(int window)
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var windows = 0;
        var stored = await LostCoordinator.OfAsync(spec, pool, e => e is RunEvent.WindowDone && ++windows == window);

        var events = new List<RunEvent>();
        var second = new RunDriver(LocalRun.RunId, spec with { Replicas = 2 }, pool, events.Add, new ManualClock());
        undisturbed.AssertSame(await second.PickUpAsync(stored, TestContext.Current.CancellationToken), spec, 2);

        Assert.Equal("replicas", Assert.Single(events.OfType<RunEvent.PickedUp>()).From);
        Assert.False(File.Exists(new OutputFolder(spec.Output).Checkpoint));
        int[] steps = [1, 3, 3, 3];
        var picked = events.OfType<RunEvent.PickedUp>().Single();
        Assert.Equal(steps[window - 1], picked.Step);
    }

    /// <summary>What is stored does not travel: only a coordinator whose store was away finds epochs on the replicas.</summary>
    /// <param name="stored">How many of the snapshots the store has taken: the first group, then each epoch.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task EpochsTravelWithOrdersUntilTheyAreStored_AndNoneIsLost(int stored)
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 0);
        var orders = new List<WindowOrder>();
        pool.Add(replica => new WatchedReplica(replica)
        {
            BeforeWindow = order =>
            {
                orders.Add(order);
                return Task.CompletedTask;
            },
        });
        var snapshots = new List<RunSnapshot>();
        ImmutableArray<EpochResult> kept = [];
        var windows = 0;
        var first = new RunDriver(
            LocalRun.RunId,
            spec with { Replicas = 1 },
            pool,
            e => _ = e is RunEvent.WindowDone && ++windows == 4 ? throw new InvalidOperationException("lost") : false,
            new ManualClock(),
            keep: snapshot =>
            {
                snapshots.Add(snapshot);
                kept = snapshots[Math.Min(stored, snapshots.Count) - 1].Progress.Epochs;
                return Task.CompletedTask;
            },
            kept: () => kept);
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.RunAsync(resume: false, TestContext.Current.CancellationToken));
        Assert.Equal(3, snapshots.Count);

        var second = new RunDriver(LocalRun.RunId, spec with { Replicas = 1 }, pool, _ => { }, new ManualClock());
        var outcome = await second.PickUpAsync(snapshots[stored - 1], TestContext.Current.CancellationToken);

        undisturbed.AssertSame(outcome, spec, 1);
        Assert.Equal(snapshots[^1].Progress.Epochs, outcome.Receipt!.Epochs[..2]);
        Assert.Equal(
            new[] { (0, 0), (0, 0), (Math.Min(1, stored - 1), 2 - stored), (stored - 1, 3 - stored) }.Select(one => (one.Item1, Math.Max(0, one.Item2))),
            orders.Take(4).Select(order => (order.Progress.EpochsBefore, order.Progress.Epochs.Length)));
    }

    /// <summary>The newest state is on the replicas alone: giving them back without a checkpoint would throw away what they have trained.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ARunThatIsStoppedWhileItsCoordinatorIsReplaced_KeepsWhatItsReplicasHold(int window)
    {
        var spec = undisturbed.NewSpec();
        var output = new OutputFolder(spec.Output);
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var windows = 0;
        var stored = await LostCoordinator.OfAsync(spec, pool, e => e is RunEvent.WindowDone && ++windows == window);
        Assert.False(File.Exists(output.Checkpoint));

        var events = new List<RunEvent>();
        var second = new RunDriver(LocalRun.RunId, spec with { Replicas = 2 }, new LatePool(pool), events.Add, new ManualClock());
        await second.RequestStop();
        var stopped = await second.PickUpAsync(stored, TestContext.Current.CancellationToken);
        await second.ReleaseAsync();

        Assert.Equal(RunState.Interrupted, stopped.State);
        Assert.Equal("replicas", Assert.Single(events.OfType<RunEvent.PickedUp>()).From);
        var newest = CheckpointProgress.Newest(output, output.ReadSpec("--resume"))!;
        Assert.Equal((stopped.Progress.Phase, stopped.Progress.Epoch, stopped.Progress.Step), (newest.Phase, newest.Epoch, newest.Step));
        Assert.True(newest.Step > 0);
        undisturbed.AssertSame(await undisturbed.RunAsync(output.ReadSpec("--resume"), 2, resume: true), spec, 2);
    }

    [Fact]
    public async Task ACoordinatorThatIsLostAfterTheReceipt_IsReplacedWithoutTrainingAgain()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 1);
        var first = new RunDriver(LocalRun.RunId, spec with { Replicas = 1 }, pool, _ => { }, new ManualClock());
        await first.RunAsync(resume: false, TestContext.Current.CancellationToken);

        // Its replica is lost, too: whoever had to train again would have to begin at the start.
        using var others = new ChangingPool(undisturbed.Workspaces, replicas: 1);
        var events = new List<RunEvent>();
        var second = new RunDriver(LocalRun.RunId, spec with { Replicas = 1 }, others, events.Add, new ManualClock());
        undisturbed.AssertSame(await second.PickUpAsync(new(1, [], new()), TestContext.Current.CancellationToken), spec, 1);

        Assert.Empty(events.OfType<RunEvent.WindowDone>());
    }

    /// <summary>A pool that has nothing to give before it is waited for, as that of a coordinator that has only just come up.</summary>
    private sealed class LatePool(ChangingPool pool) : IReplicaPool
    {
        private bool _hasCome;

        public ImmutableArray<ReplicaHandle> Granted => _hasCome ? pool.Granted : [];

        public Task WaitAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _hasCome = true;
            return Task.CompletedTask;
        }

        public Task LimitAsync(int most, CancellationToken cancellationToken) => pool.LimitAsync(most, cancellationToken);

        public void Lost(ReplicaHandle handle, bool avoid) => pool.Lost(handle, avoid);
    }
}
