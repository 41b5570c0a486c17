using System.Collections.Immutable;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Grains;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Simulation.Runs;
using DistributedFreeze.Simulation.World;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>A device and its replica: the product's rules of who may order what and what is held, with numbers for tensors.</summary>
/// <remarks>Follows <c>LocalReplica</c> and the replica's grain; where it stands is the product's own <see cref="ReplicaStanding"/>.</remarks>
internal sealed partial class SimReplica(SimWorld world, SimSilo silo, string device, SimExchange exchange, SimRun run, SimDisk disk) : IReplicaGrain
{
    private static readonly ImmutableDictionary<NetworkGraph, LayerTable> Tables =
        ImmutableDictionary<NetworkGraph, LayerTable>.Empty.Add(NetworkGraph.KerasV1, LayerTable.For(NetworkGraph.KerasV1));

    private static readonly TensorHash NoTensors = new();

    private Task _busy = Task.CompletedTask;
    private int _working;
    private bool _isLoaded;
    private bool _stopRequested;
    private GroupOrder? _group;
    private SimExchange.Seat? _seat;
    private ReplicaStanding? _standing;
    private SimState _state = SimState.Loaded;
    private ImmutableSortedDictionary<string, ulong>? _best;

    public string Device => device;

    /// <summary>The run that owns the device; null where none does.</summary>
    public string? RunId { get; private set; }

    /// <summary>How many times as long as others it takes.</summary>
    public double Slow { get; set; } = 1;

    /// <summary>Share of its steps in which the device fails.</summary>
    public double Fails { get; set; }

    /// <summary>Whether its next step is applied in half: it has no state of the run then, and still its device.</summary>
    public bool Tears { get; set; }

    /// <summary>What it does wrong.</summary>
    public SimFault Fault { get; set; }

    public async Task<ReplicaReady> PrepareAsync(PrepareOrder order)
    {
        if (RunId is not null && RunId != order.RunId)
        {
            throw new DeviceBusyException($"The device {device} belongs to run {RunId}.");
        }

        if (RunId is null)
        {
            _stopRequested = false;
        }

        RunId = order.RunId;
        try
        {
            return await OnDeviceAsync(async () =>
            {
                if (!_isLoaded)
                {
                    await TakeAsync(0.2, 2);
                    if (RunId is null)
                    {
                        throw new ReplicaLostException("The device was given back meanwhile.");
                    }

                    if (_stopRequested)
                    {
                        RunId = null;
                        throw new OperationCanceledException("The replica was asked to stop.");
                    }

                    (_isLoaded, _state) = (true, SimState.Loaded);
                    _standing = new(run.Spec.Phases, run.Schedule.StepsPerEpoch);
                }

                return run.Ready(device);
            });
        }
        finally
        {
            silo.Report();
        }
    }

    public Task JoinAsync(GroupOrder order) => OnDeviceAsync(() =>
    {
        RequireCurrent(order.Generation);
        RequireLoaded();
        _group = order;
        _stopRequested = false;
        if (_standing!.Phase is { } phase)
        {
            TakeSeat(phase);
        }

        return Task.FromResult(true);
    });

    public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order) => OnDeviceAsync(async () =>
    {
        RequireCurrent(order.Generation);
        RequireLoaded();
        RequireAhead(order.Generation, order.Progress, ReplicaWork.Entry);
        var mask = FreezePolicyResolver.Resolve(run.Spec.Phases[order.Phase].Freeze, Tables[NetworkGraph.KerasV1], "freeze");
        var entry = _standing!.Leave(order.Progress);
        await TakeAsync(0.01, 0.3);
        _state = (entry == PhaseEntry.Keeps || (entry == PhaseEntry.WaitsForState && Fault == SimFault.KeepsTensors) ? _state : SimState.Loaded).Open(SimRun.OpenIn(order.Phase));
        _best = null;
        _standing.Enter(order.Phase, entry, order.Progress);
        TakeSeat(order.Phase);
        return new MaskAcknowledgement { MaskVersion = order.Phase + 1, MaskHash = mask.Hash };
    });

    public Task<WindowReport> RunWindowAsync(WindowOrder order) => OnDeviceAsync(async () =>
    {
        RequireCurrent(order.Generation);
        RequireLoaded();
        RequireAhead(order.Generation, order.Progress, ReplicaWork.Window);
        try
        {
            return await TrainAsync(order);
        }
        catch
        {
            _seat?.Break();
            throw;
        }
    });

    public Task<ReplicaPosition?> ReportAsync() => _isLoaded
        ? OnDeviceAsync(() => Task.FromResult(_standing?.Claim(() => _state.Hash) is { } position ? position with { RunId = RunId } : null))
        : Task.FromResult<ReplicaPosition?>(null);

    public Task BreakAsync(int generation)
    {
        if (_group?.Generation <= generation)
        {
            _seat?.Break();
        }

        return Task.CompletedTask;
    }

    public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split) => OnDeviceAsync(async () =>
    {
        RequireLoaded();
        await TakeAsync(0.05, 0.5);
        return (_stopRequested ? new([], Stopped: true) : SimRun.Score(_state, split, Shards)) with { StateNumber = StateNumber };
    });

    public Task EndPhaseAsync(EndPhaseOrder order) => OnDeviceAsync(async () =>
    {
        RequireCurrent(order.Generation);
        RequireLoaded();
        _standing!.RequireFor(order.Progress);
        KeepBest(order.Progress);
        _standing.LetGo();
        var kept = BestSoFar.IsNeeded(order.Progress, run.Spec.Phases) ? _state.With(_best!) : _state;
        _state = _state.InBetween(Open);
        await TakeAsync(0.001, 0.05);
        (_state, _best) = (kept, null);
        _standing.GoOnFrom(RunCursor.AfterLastEpoch(order.Progress));
        return true;
    });

    public Task SaveCheckpointAsync(CheckpointOrder order) => OnDeviceAsync(async () =>
    {
        RequireCurrent(order.Generation);
        RequireLoaded();
        var progress = CheckpointProgress.Parse(order.Progress, order.Path);
        _standing!.RequireFor(progress);
        KeepBest(progress);
        await TakeAsync(0.005, 0.1);
        disk.Write(order.Path, CheckpointHeader.Of(
            new()
            {
                SpecKey = RunSpecKey.Of(run.Spec),
                DataHash = "data",
                BaseHash = SimState.Format(_state, _best), // the tensors themselves
                Phase = _standing.Phase!.Value,
                MaskHash = "mask",
                Progress = order.Progress,
            },
            NoTensors.Finish()));
        return true;
    });

    public Task LoadCheckpointAsync(string path) => OnDeviceAsync(async () =>
    {
        RequireLoaded();
        CheckpointHeader.RequireWhole(path);
        RequireAhead(_group!.Generation, CheckpointProgress.Parse(CheckpointHeader.Read(path).Progress, path), ReplicaWork.Entry);
        _standing!.LetGo();
        _state = _state.InBetween(Open);
        await TakeAsync(0.005, 0.1);
        var stamp = CheckpointHeader.Read(path);
        (_state, _best) = _state.Restore(stamp.BaseHash);
        if (stamp.Phase != _standing.Phase)
        {
            throw new InvalidInputException(path, $"was written in phase {stamp.Phase + 1}, not in phase {_standing.Phase + 1}");
        }

        var progress = CheckpointProgress.Parse(stamp.Progress, path);
        if (BestSoFar.IsNeeded(progress, run.Spec.Phases) && _best is null)
        {
            throw new InvalidInputException(path, "lacks the best epoch's weights");
        }

        _standing.GoOnFrom(progress);
        return true;
    });

    public Task<string> BroadcastStateAsync(BroadcastOrder order) => OnDeviceAsync(async () =>
    {
        RequireCurrent(order.Generation);
        RequireLoaded();
        if (Fault != SimFault.BroadcastsTwice)
        {
            RequireAhead(order.Generation, order.Progress, ReplicaWork.Broadcast);
        }

        try
        {
            return await BroadcastAsync(order);
        }
        catch
        {
            _seat?.Break();
            throw;
        }
    });

    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync() => OnDeviceAsync(async () =>
    {
        await TakeAsync(0.005, 0.05);
        return run.Ready(device).LayerHashes;
    });

    public Task<ModelReport> SaveModelAsync(string? path) => OnDeviceAsync(async () =>
    {
        RequireLoaded();
        await TakeAsync(0.005, 0.05);
        if (path is not null)
        {
            disk.Write(path, new Dictionary<string, string> { ["modelSha256"] = _state.ModelHash });
        }

        return new ModelReport(_state.ModelHash, 8) { StateNumber = StateNumber };
    });

    public Task StopAsync()
    {
        _stopRequested = RunId is not null;
        return Task.CompletedTask;
    }

    public Task AdviseAsync(AdviceOrder order) => throw new NotSupportedException();

    public Task<AdviceReport?> ReadAdviceAsync(string runId, long after) => throw new NotSupportedException();

    public Task StopAdviceAsync(string runId) => throw new NotSupportedException();

    public Task<bool> IsBusyAsync() => Task.FromResult(_working > 0);

    public async Task ReleaseAsync()
    {
        _seat?.Break();
        await OnDeviceAsync(() =>
        {
            (_isLoaded, _group, _seat, _standing, _stopRequested, RunId) = (false, null, null, null, false, null);
            return Task.FromResult(true);
        });
        silo.Report();
    }

    public Task ReleaseOfAsync(string runId) => RunId == runId ? ReleaseAsync() : Task.CompletedTask;

    private void KeepBest(RunProgress told)
    {
        if (_standing!.MustCopy(told))
        {
            _best = _state.Copy(Open);
            _standing.Copied(told);
        }
    }

    private long? StateNumber => Fault == SimFault.ScoresAnyState ? null : _standing!.Number;

    private ImmutableArray<string> Open => SimRun.OpenIn(_standing!.Phase!.Value);

    private ImmutableArray<int> Shards => _group!.Members[_group.Member].Shards;

    private void TakeSeat(int phase) => _seat = exchange.Join(RunId!, phase, _group!, silo.Process);

    private void RequireCurrent(int generation)
    {
        if (_group is { } group && generation < group.Generation)
        {
            throw new StaleOrderException($"The device {device} is in group {group.Generation} of run {RunId}, and group {generation} is over.");
        }
    }

    private void RequireAhead(int generation, RunProgress place, ReplicaWork work)
    {
        if (Fault != SimFault.ScoresAnyState)
        {
            _standing!.RequireAhead(generation, place, work);
        }
    }

    private void RequireLoaded()
    {
        if (!_isLoaded)
        {
            throw new ReplicaLostException("The device was given back meanwhile.");
        }
    }

    private Task TakeAsync(double least, double most) => Task.Delay(world.Between(least, most), silo.Process.Time);

    /// <summary>One thing after the other, as on a device's thread.</summary>
    private async Task<T> OnDeviceAsync<T>(Func<Task<T>> work)
    {
        var before = _busy;
        var done = new TaskCompletionSource();
        _busy = done.Task;
        _working++;
        try
        {
            await before;
            return await work();
        }
        finally
        {
            _working--;
            done.SetResult();
        }
    }
}
