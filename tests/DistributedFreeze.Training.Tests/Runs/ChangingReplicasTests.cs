using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Devices;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Replicas that join a run and leave it, while all is well.</summary>
[Slow]
public sealed class ChangingReplicasTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Fact]
    public async Task ReplicasThatComeAndGo_ChangeNothing()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 1) { WaitsForNewcomers = true };
        var windows = 0;
        var groups = new List<RunEvent.Regrouped>();
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            if (e is RunEvent.Regrouped group)
            {
                groups.Add(group);
            }
            else if (e is RunEvent.WindowDone)
            {
                pool.Resize(++windows < 3 ? 3 : 2);
            }
        }, new ManualClock());

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 2);

        // Two newcomers may have loaded in one turn or in two.
        Assert.Equal(2, groups.Sum(group => group.Joined.Length));
        Assert.Contains(groups, group => group.Devices.Length == 3);
        Assert.Equal((2, 0, 1), (groups[^1].Devices.Length, groups[^1].Joined.Length, groups[^1].Left.Length));
    }

    [Fact]
    public async Task WhenTheHoldersOfTheStateAllLeave_TheyHandItOver()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var windows = 0;
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            if (e is RunEvent.WindowDone && ++windows == 2)
            {
                pool.ReplaceAll();
            }
        }, new ManualClock());

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 2);
    }

    /// <summary>It may be long until others come, and those who leave are gone by then.</summary>
    [Fact]
    public async Task WhenTheHoldersOfTheStateAllLeave_AndNobodyIsThere_ItIsWritten()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var windows = 0;
        var written = new List<bool>();
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            if (e is RunEvent.WindowDone && ++windows == 2)
            {
                pool.Waits = () => written.Add(File.Exists(new OutputFolder(spec.Output).Checkpoint));
                pool.TakeAll(then: 2);
            }
        }, new ManualClock());

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 2);
        Assert.Equal([true], written);
    }

    [Fact]
    public async Task ANewcomerWithOtherData_IsDoneWithout()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 1) { WaitsForNewcomers = true };
        var events = new List<RunEvent>();
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            events.Add(e);
            if (e is RunEvent.WindowDone { Phase: 0, Step: 1 })
            {
                pool.Add(replica => new WatchedReplica(replica) { Prepared = ready => ready with { DataHash = "other" } });
            }
        }, new ManualClock());

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 1);

        Assert.Contains("data.path", Assert.Single(events.OfType<RunEvent.ReplicaLost>()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANewcomerThatLoads_KeepsNobodyWaiting()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 1);
        var loading = new TaskCompletionSource();
        var groups = new List<RunEvent.Regrouped>();
        var windows = 0;
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            if (e is RunEvent.Regrouped group)
            {
                groups.Add(group);
            }

            if (e is RunEvent.WindowDone && ++windows == 1)
            {
                pool.Add(replica => new WatchedReplica(replica) { BeforePreparing = () => loading.Task });
            }
            else if (e is RunEvent.WindowDone && windows == 3)
            {
                Assert.Empty(groups);
                loading.SetResult();
            }
        }, new ManualClock());

        var outcome = await driver.RunAsync(resume: false, TestContext.Current.CancellationToken);

        undisturbed.AssertSame(outcome, spec, outcome.Receipt!.Replicas);
    }

    [Fact]
    public async Task GpusOfTwoClasses_DoNotTrainOneRun()
    {
        var spec = undisturbed.NewSpec();
        var events = new List<RunEvent>();

        var outcome = await undisturbed.RunAsync(spec, 3, onEvent: (_, e) => events.Add(e), wrap: (replica, member) => new WatchedReplica(replica)
        {
            Prepared = ready => ready with { Device = $"cuda:{member}", DeviceClass = member == 1 ? "NVIDIA A100" : "NVIDIA H200" },
        });

        undisturbed.AssertSame(outcome, spec, 2);
        Assert.Matches("must be of one class in a run: .* is NVIDIA A100, and run .* is on NVIDIA H200", Assert.Single(events.OfType<RunEvent.ReplicaLost>()).Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task AGpuBesideSlotsOfTheProcessor_HasTheRunForItself(int gpu)
    {
        var spec = undisturbed.NewSpec();
        var events = new List<RunEvent>();

        var outcome = await undisturbed.RunAsync(spec, 3, onEvent: (_, e) => events.Add(e), wrap: (replica, member) => new WatchedReplica(replica)
        {
            Prepared = ready => ready with { Device = member == gpu ? "cuda:0" : "cpu" },
        });

        undisturbed.AssertSame(outcome, spec, 1);
        Assert.Equal(["cuda:0"], outcome.Receipt!.Devices);
        Assert.All(events.OfType<RunEvent.ReplicaLost>(), lost => Assert.Contains("must be of one kind in a run", lost.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ARunForTheProcessor_DoesWithoutAGpuBesideIt()
    {
        var spec = undisturbed.NewSpec() with { Device = DeviceChoice.Cpu };
        var events = new List<RunEvent>();

        var outcome = await undisturbed.RunAsync(spec, 3, onEvent: (_, e) => events.Add(e), wrap: (replica, member) => new WatchedReplica(replica)
        {
            Prepared = ready => ready with { Device = member == 1 ? "cuda:0" : "cpu" },
        });

        undisturbed.AssertSame(outcome, spec, 2);
        Assert.Contains("device: is cpu, and ", Assert.Single(events.OfType<RunEvent.ReplicaLost>()).Reason, StringComparison.Ordinal);
    }
}
