using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 5: a replica claims a position only for state that it holds, and is believed only where its hash agrees.</summary>
[Slow]
public sealed class PositionTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    /// <summary>A newcomer is told where the run stands before it has the state: its word for it must not be taken.</summary>
    [Theory]
    [InlineData(2, false, "start")]
    [InlineData(3, false, "start")]
    [InlineData(2, true, "checkpoint")]
    [InlineData(3, true, "checkpoint")]
    public async Task ACoordinatorThatIsLostWithAllWhoHoldTheState_IsNotDeceivedByANewcomer(int window, bool checkpoints, string from)
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 1) { WaitsForNewcomers = true };
        var holder = pool.Granted[0];
        var windows = 0;
        RunSnapshot? stored = null;
        var time = new ManualClock();
        var first = new RunDriver(LocalRun.RunId, spec with { Replicas = 2 }, pool, e =>
        {
            if (e is RunEvent.WindowDone && ++windows == window)
            {
                pool.Add(replica => new WatchedReplica(replica) { BeforeLoading = () => throw new Death() });
            }
            else if (e is RunEvent.WindowDone && checkpoints && windows == 1)
            {
                time.Advance(TimeSpan.FromSeconds(61));
            }
        }, time, keep: snapshot =>
        {
            stored = snapshot;
            return Task.CompletedTask;
        });
        await Assert.ThrowsAsync<Death>(() => first.RunAsync(resume: false, TestContext.Current.CancellationToken));
        Assert.Equal(2, stored!.Devices.Length);

        // What the holder wrote for the newcomer is gone with it, too: it was not yet on the disk.
        if (!checkpoints)
        {
            File.Delete(new OutputFolder(spec.Output).Checkpoint);
        }

        pool.Lost(holder, avoid: true);
        var events = new List<RunEvent>();
        var second = new RunDriver(LocalRun.RunId, spec with { Replicas = 1 }, pool, events.Add, new ManualClock());
        pool.Unwrap();
        undisturbed.AssertSame(await second.PickUpAsync(stored, TestContext.Current.CancellationToken), spec, 1);

        Assert.Equal(from, Assert.Single(events.OfType<RunEvent.PickedUp>()).From);
    }

    /// <summary>A silo that was stopped while it wrote may wake when the run has ended without it.</summary>
    [Fact]
    public async Task ACheckpointThatIsReadyOnlyWhenItsRunHasEnded_DoesNotAppear()
    {
        var spec = undisturbed.NewSpec();
        var output = new OutputFolder(spec.Output);
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var stored = await LostCoordinator.OfAsync(spec, pool, e => e is RunEvent.EpochDone { Result.Phase: 0 });
        Task SaveAsync() => pool.Granted[0].Replica.SaveCheckpointAsync(
            new(output.Checkpoint, CheckpointProgress.Format(stored.Progress), stored.Generation), TestContext.Current.CancellationToken);
        await SaveAsync();
        Assert.True(File.Exists(output.Checkpoint));
        File.Delete(output.Checkpoint);
        File.Copy(undisturbed.Output.Receipt, output.Receipt);

        await Assert.ThrowsAsync<ReplicaLostException>(SaveAsync);

        Assert.Empty(Directory.GetFiles(output.Path, "checkpoint*"));
    }

    [Fact]
    public async Task ReplicasOfOneStepWithDifferentStates_SendTheRunBackToItsStart()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 1);
        pool.Add(replica => new WatchedReplica(replica) { Reported = position => position! with { StateHash = "other" } });
        var stored = await LostCoordinator.OfAsync(spec, pool, e => e is RunEvent.WindowDone { Phase: 0, Step: 3 });

        var events = new List<RunEvent>();
        var second = new RunDriver(LocalRun.RunId, spec with { Replicas = 2 }, pool, events.Add, new ManualClock());
        undisturbed.AssertSame(await second.PickUpAsync(stored, TestContext.Current.CancellationToken), spec, 2);

        var back = Assert.Single(events.OfType<RunEvent.SetBack>());
        Assert.Equal("start", back.From);
        Assert.Contains("different states", back.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AReplicaThatDoesNotHoldTheState_RunsNoWindow_AndSaysSoOfAScoreAndAModel()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
        await replica.JoinAsync(Groups.Of([0, 1, 2, 3]) with { Generation = 1 }, cancellationToken);
        var progress = new RunProgress { Step = 2 };
        await replica.BeginPhaseAsync(
            new() { Generation = 1, Phase = 0, MaskVersion = 1, MaskHash = undisturbed.Receipt.Phases[0].MaskHash, Progress = progress }, cancellationToken);

        Assert.Null(await replica.ReportAsync(cancellationToken));
        await Assert.ThrowsAsync<ReplicaLostException>(() => replica.RunWindowAsync(
            new() { Generation = 1, Phase = 0, Epoch = 0, FirstStep = 2, Steps = 1, Progress = progress }, cancellationToken));
        await Assert.ThrowsAsync<ReplicaLostException>(() => replica.SaveCheckpointAsync(
            new(new OutputFolder(spec.Output).Checkpoint, CheckpointProgress.Format(progress), 1), cancellationToken));
        Assert.Equal(-1, (await replica.EvaluateAsync(EvaluationSplit.Validation, cancellationToken)).StateNumber);
        Assert.Equal(-1, (await replica.SaveModelAsync(path: null, cancellationToken)).StateNumber);

        await replica.BeginPhaseAsync(
            new() { Generation = 1, Phase = 0, MaskVersion = 1, MaskHash = undisturbed.Receipt.Phases[0].MaskHash, Progress = new() }, cancellationToken);

        Assert.Equal(LocalRun.RunId, (await replica.ReportAsync(cancellationToken))!.RunId);
        Assert.Equal(0, (await replica.SaveModelAsync(path: null, cancellationToken)).StateNumber);
    }

    [Fact]
    public async Task AnOrderThatArrivesTwice_TakesAReplicaNowhereBack_AndBreaksNothing()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        var output = new OutputFolder(spec.Output);
        output.Create();
        var checkpoint = output.Checkpoint;
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
        var group = Groups.Of([0, 1, 2, 3]);
        var (enter, window) = (Entry(1), Window(1, step: 0));
        await replica.JoinAsync(group with { Generation = 1 }, cancellationToken);
        await replica.BeginPhaseAsync(enter, cancellationToken);
        await replica.SaveCheckpointAsync(new(checkpoint, CheckpointProgress.Format(new()), 1), cancellationToken);
        await replica.RunWindowAsync(window, cancellationToken);
        var before = await replica.ReportAsync(cancellationToken);

        await Assert.ThrowsAsync<ReplicaLostException>(() => replica.BeginPhaseAsync(enter, cancellationToken));
        await Assert.ThrowsAsync<ReplicaLostException>(() => replica.LoadCheckpointAsync(checkpoint, cancellationToken));
        await Assert.ThrowsAsync<ReplicaLostException>(() => replica.RunWindowAsync(window, cancellationToken));

        Assert.Equal(before!.StateHash, (await replica.ReportAsync(cancellationToken))!.StateHash);
        await replica.RunWindowAsync(Window(1, step: 1), cancellationToken);

        // A newer group may have gone back.
        await replica.JoinAsync(group with { Generation = 2 }, cancellationToken);
        await replica.LoadCheckpointAsync(checkpoint, cancellationToken);
        await replica.RunWindowAsync(Window(2, step: 0), cancellationToken);
        Assert.Equal(before.StateHash, (await replica.ReportAsync(cancellationToken))!.StateHash);

        PhaseOrder Entry(int generation) => new() { Generation = generation, Phase = 0, MaskVersion = 1, MaskHash = undisturbed.Receipt.Phases[0].MaskHash };

        static WindowOrder Window(int generation, int step) =>
            new() { Generation = generation, Phase = 0, Epoch = 0, FirstStep = step, Steps = 1, Progress = new() { Step = step } };
    }

    /// <summary>An order may come late, when the device is another run's by now.</summary>
    [Fact]
    public async Task AReplica_WritesNothingIntoAnotherRunsFolder()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        var others = new OutputFolder(undisturbed.NewSpec().Output);
        others.Create();
        others.Sign("others");
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
        await replica.JoinAsync(Groups.Of([0, 1, 2, 3]) with { Generation = 1 }, cancellationToken);
        await replica.BeginPhaseAsync(new() { Generation = 1, Phase = 0, MaskVersion = 1, MaskHash = undisturbed.Receipt.Phases[0].MaskHash }, cancellationToken);

        var refused = await Assert.ThrowsAsync<ReplicaLostException>(() =>
            replica.SaveCheckpointAsync(new(others.Checkpoint, CheckpointProgress.Format(new()), 1), cancellationToken));
        await Assert.ThrowsAsync<ReplicaLostException>(() => replica.SaveModelAsync(others.Model, cancellationToken));

        Assert.EndsWith("is run others's.", refused.Message, StringComparison.Ordinal);
        Assert.Equal([others.Owner], Directory.GetFiles(others.Path));
    }

    private sealed class Death : Exception;
}
