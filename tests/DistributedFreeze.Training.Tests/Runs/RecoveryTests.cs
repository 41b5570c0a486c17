using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Laws 3 and 5: whoever is lost, and whenever, the run ends with the undisturbed run's bits.</summary>
[Slow]
public sealed class RecoveryTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 2)]
    [InlineData(1, 3)]
    [InlineData(0, 4)]
    public async Task AReplicaThatIsLostBeforeAWindow_IsDoneWithout(int lost, int window)
    {
        var windows = 0;

        await AssertUndisturbedAsync(3, 2, (replica, member) => member != lost ? replica : new WatchedReplica(replica)
        {
            BeforeWindow = _ => ++windows == window ? throw Gone() : Task.CompletedTask,
        });
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    public async Task AReplicaThatIsLostAfterAWindow_LeavesItsStepsToTheOthers(int lost, int window)
    {
        var windows = 0;

        await AssertUndisturbedAsync(2, 1, (replica, member) => member != lost ? replica : new WatchedReplica(replica)
        {
            WindowDone = report => ++windows == window ? throw Gone() : report,
        });
    }

    [Fact]
    public async Task AReplicaThatIsLostInAValidation_IsDoneWithout()
    {
        await AssertUndisturbedAsync(3, 2, (replica, member) => member != 0 ? replica : new WatchedReplica(replica)
        {
            BeforeEvaluation = _ => throw Gone(),
        });
    }

    [Fact]
    public async Task AReplicaThatIsLostWhenAPhaseBegins_IsDoneWithout()
    {
        await AssertUndisturbedAsync(3, 2, (replica, member) => member != 1 ? replica : new WatchedReplica(replica)
        {
            BeforePhase = order => order.Phase == 1 ? throw Gone() : Task.CompletedTask,
        });
    }

    [Fact]
    public async Task AReplicaThatIsLostWhileOthersSayWhereTheyStand_IsDoneWithout()
    {
        var windows = 0;

        await AssertUndisturbedAsync(4, 2, (replica, member) => member switch
        {
            1 => new WatchedReplica(replica) { BeforeWindow = _ => ++windows == 2 ? throw Gone() : Task.CompletedTask },
            2 => new WatchedReplica(replica) { BeforeReport = () => throw Gone() },
            _ => replica,
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task AnExchangeThatBreaksAtAnyMoment_CostsNothing(int window)
    {
        var windows = 0;

        await AssertUndisturbedAsync(2, 2, (replica, member) => member != 1 ? replica : new WatchedReplica(replica)
        {
            BeforeWindow = order =>
            {
                if (++windows == window)
                {
                    _ = Task.Run(() => replica.BreakAsync(order.Generation), TestContext.Current.CancellationToken);
                }

                return Task.CompletedTask;
            },
        });
    }

    [Fact]
    public async Task ADeviceThatFailsOnce_GivesUpItsStateAndJoinsAgain()
    {
        var failed = false;

        await AssertUndisturbedAsync(2, 2, (replica, member) => member != 1 ? replica : new WatchedReplica(replica)
        {
            BeforeWindow = order => !failed && (failed = order.FirstStep > 0) ? throw new ReplicaLostException("CUDA error") : Task.CompletedTask,
        });

        Assert.True(failed);
    }

    [Fact]
    public async Task ADeviceThatAlwaysFails_EndsTheRunWithItsReason()
    {
        var error = await Assert.ThrowsAsync<RunFailedException>(() => undisturbed.RunAsync(
            undisturbed.NewSpec(), 2, wrap: (replica, _) => new WatchedReplica(replica) { BeforeWindow = _ => throw new ReplicaLostException("CUDA error") }));

        Assert.Contains("CUDA error", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhenAllAreLost_TheRunGoesOnFromItsCheckpointOnOthers()
    {
        var spec = undisturbed.NewSpec();
        var time = new ManualClock();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var events = new List<RunEvent>();
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            events.Add(e);
            time.Advance(e is RunEvent.WindowDone or RunEvent.EpochDone ? TimeSpan.FromSeconds(61) : TimeSpan.Zero);
            if (e is RunEvent.CheckpointWritten && events.OfType<RunEvent.CheckpointWritten>().Count() == 3)
            {
                pool.LoseAll(then: 2);
            }
        }, time);

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 2);

        Assert.Equal(2, events.OfType<RunEvent.ReplicaLost>().Count());
    }

    [Theory]
    [InlineData(0.9)] // a tensor
    [InlineData(0.002)] // the header
    public async Task WhenAllAreLostAndTheCheckpointIsDamaged_TheRunBeginsAgainAndSaysWhy(double place)
    {
        var spec = undisturbed.NewSpec();
        var output = new OutputFolder(spec.Output);
        var time = new ManualClock();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var events = new List<RunEvent>();
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            events.Add(e);
            time.Advance(e is RunEvent.WindowDone && !events.OfType<RunEvent.CheckpointWritten>().Any() ? TimeSpan.FromSeconds(61) : TimeSpan.Zero);
            if (e is RunEvent.CheckpointWritten)
            {
                var bytes = File.ReadAllBytes(output.Checkpoint);
                bytes[(int)(place * bytes.Length)] ^= 4;
                File.WriteAllBytes(output.Checkpoint, bytes);
                pool.LoseAll(then: 2);
            }
        }, time);

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 2);

        var back = Assert.Single(events.OfType<RunEvent.SetBack>());
        Assert.Equal("start", back.From);
        Assert.Contains(output.Checkpoint, back.Reason, StringComparison.Ordinal);
        Assert.Contains("is damaged", back.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhenAllAreLostBeforeACheckpoint_TheRunBeginsAgain()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var lost = false;
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            if (e is RunEvent.WindowDone && !lost)
            {
                lost = true;
                pool.LoseAll(then: 1);
            }
        }, new ManualClock());

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 1);
    }

    [Fact]
    public async Task ReplicasThatComeAndGo_ChangeNothing()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 1) { WindowsWaitForNewcomers = true };
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
    public async Task ADeviceThatFailsAfterEveryOtherWindow_DoesNotEndARunThatGoesOn()
    {
        var spec = undisturbed.NewSpec();
        var (windows, failures) = (0, 0);
        using var own = new UndisturbedRun.OwnWorkspace(
            spec with { Phases = [spec.Phases[0] with { Epochs = 12 * FailureBudget.MostFruitless }] }); // it may take windows until it has joined again
        var outcome = await own.RunAsync(
            2,
            wrap: (replica, member) => member == 0 ? replica : new WatchedReplica(replica)
            {
                WindowDone = report => ++windows % 2 == 1 ? report : throw new ReplicaLostException($"CUDA error {++failures}"),
            });

        Assert.Equal(RunState.Succeeded, outcome.State);
        Assert.True(failures > FailureBudget.MostFruitless, $"{failures}");
    }

    [Fact]
    public async Task ADeviceThatFailsAfterEveryWindow_IsLeftOut()
    {
        var spec = undisturbed.NewSpec();
        var failures = 0;
        using var own = new UndisturbedRun.OwnWorkspace(
            spec with { Phases = [spec.Phases[0] with { Epochs = 6 * FailureBudget.MostFruitless }] }); // it may take windows until it has joined again
        var outcome = await own.RunAsync(
            2,
            wrap: (replica, member) => member == 0 ? replica : new WatchedReplica(replica)
            {
                WindowDone = _ => throw new ReplicaLostException($"CUDA error {++failures}"),
            });

        Assert.Equal((RunState.Succeeded, 1), (outcome.State, outcome.Receipt!.Replicas));
        Assert.Equal(DeviceFailures.Most, failures);
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

    [Fact]
    public async Task AReplicaThatIsAStepBehind_TakesOverTheStateOfTheFurthest()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec() with { Replicas = 2 };
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        for (var i = 0; i < 2; i++)
        {
            var replica = pool.Granted[i].Replica;
            await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
            await replica.JoinAsync(new() { Generation = i + 1, Member = 0, Members = [new("here", null, [0, 1, 2, 3])], Key = [] }, cancellationToken);
            await replica.BeginPhaseAsync(
                new() { Generation = i + 1, Phase = 0, MaskVersion = 1, MaskHash = undisturbed.Receipt.Phases[0].MaskHash }, cancellationToken);
            await replica.RunWindowAsync(new() { Generation = i + 1, Phase = 0, Epoch = 0, FirstStep = 0, Steps = 2 - i }, cancellationToken);
        }

        var driver = new RunDriver(LocalRun.RunId, spec, pool, _ => { }, new ManualClock());
        var outcome = await driver.PickUpAsync(new(2, [.. pool.Granted.Select(handle => handle.Device)], new()), cancellationToken);

        undisturbed.AssertSame(outcome, spec, 2);
    }

    [Fact]
    public async Task AReplicaOfANewerGroup_TakesNoOrderOfAnOlderOne()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
        var group = Groups.Of([0, 1, 2, 3]);
        await replica.JoinAsync(group with { Generation = 3 }, cancellationToken);

        await Assert.ThrowsAsync<StaleOrderException>(() => replica.JoinAsync(group with { Generation = 2 }, cancellationToken));
        await Assert.ThrowsAsync<StaleOrderException>(() => replica.BeginPhaseAsync(
            new() { Generation = 2, Phase = 0, MaskVersion = 1, MaskHash = undisturbed.Receipt.Phases[0].MaskHash }, cancellationToken));
        await Assert.ThrowsAsync<StaleOrderException>(() => replica.SaveCheckpointAsync(new(spec.Output, "{}", 2), cancellationToken));
    }

    [Fact]
    public async Task ADeviceOfAnotherRun_IsBusy()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);

        var busy = await Assert.ThrowsAsync<DeviceBusyException>(() => replica.PrepareAsync(new() { RunId = "other", Spec = spec }, cancellationToken));

        Assert.Contains(LocalRun.RunId, busy.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeviceOnWhichNothingCouldBeLoaded_IsFree()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());

        await Assert.ThrowsAsync<InvalidInputException>(() => replica.PrepareAsync(
            new() { RunId = "bad", Spec = spec with { Data = spec.Data with { Path = "/nowhere" } } }, cancellationToken));

        Assert.Null(replica.RunId);
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
    }

    [Fact]
    public async Task ANewcomerWithOtherData_IsDoneWithout()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 1) { WindowsWaitForNewcomers = true };
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
    public async Task AHealthyDevice_PassesItsProbe() => Assert.Null(await DeviceProbe.FailureAsync("cpu:0"));

    private static ReplicaLostException Gone() => new("It does not answer.") { IsUnreachable = true };

    private async Task AssertUndisturbedAsync(int replicas, int left, Func<IReplica, int, IReplica> wrap)
    {
        var spec = undisturbed.NewSpec();
        undisturbed.AssertSame(await undisturbed.RunAsync(spec, replicas, wrap: wrap), spec, left);
    }
}
