using System.Collections.Immutable;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Training.Replicas;

/// <summary>A replica of this process: its device thread, its worker, and its seat in the exchange.</summary>
/// <remarks>What goes wrong on the device reaches the caller as <see cref="ReplicaLostException"/>: others may do without this replica.</remarks>
/// <param name="workspaces">The silo's workspaces.</param>
/// <param name="exchanges">The silo's exchanges.</param>
/// <param name="device">The device's name within its silo, such as <c>cpu:0</c> or <c>cuda:1</c>.</param>
internal sealed class LocalReplica(RunWorkspaces workspaces, SharedExchanges exchanges, string device = "cpu:0") : IDeviceReplica
{
    private readonly Lock _seats = new();

    /// <summary>Ends the loading of data; once there is a worker, it has a flag of its own. Never disposed of: a stop may come late.</summary>
    private CancellationTokenSource _stopping = new();

    private DeviceThread? _thread;
    private RunWorkspaces.Lease? _lease;
    private SharedExchanges.Membership? _membership;
    private ReplicaWorker? _worker;
    private string? _runId;
    private GroupOrder? _group;
    private IDisposable? _mark;

    /// <summary>What a step's exchange is wrapped into, on the device's thread: lets a device fail in the middle of a step.</summary>
    internal Func<IStepExchange, IStepExchange> Around { get; init; } = static seat => seat;

    /// <inheritdoc/>
    public string? RunId => _runId;

    /// <inheritdoc/>
    public async Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken)
    {
        if (_runId is not null && _runId != order.RunId)
        {
            throw new DeviceBusyException($"The device {device} belongs to run {_runId}.");
        }

        if (_worker is null)
        {
            _stopping = _runId is null ? new() : _stopping; // a stop that was meant for the last run is none of this one's
            _runId = order.RunId;
            _thread ??= new($"replica-{device}", order.Spec.ThreadsPerReplica);
            Mark(order.Spec, "loaded data and weights");
        }

        try
        {
            return await LoadAsync(order, cancellationToken);
        }
        catch
        {
            if (_worker is null)
            {
                await ReleaseAsync(); // a device on which nothing is loaded belongs to no run
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public Task JoinAsync(GroupOrder order, CancellationToken cancellationToken) => RunAsync(() =>
    {
        RequireCurrent(order.Generation);
        _group = order;
        Worker.Join(order);
        if (Worker.Phase is { } phase)
        {
            TakeSeat(phase);
        }

        return true;
    });

    /// <inheritdoc/>
    public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken) => RunAsync(() =>
    {
        RequireCurrent(order.Generation);
        Mark(Worker.Spec, $"trained {DeathWords.PhaseOf(Worker.Spec, order.Phase)}");
        var acknowledgement = Worker.BeginPhase(order);
        TakeSeat(order.Phase);
        return acknowledgement;
    });

    /// <inheritdoc/>
    public Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken) => RunAsync(() =>
    {
        RequireCurrent(order.Generation);
        Worker.RequireAhead(order.Generation, order.Progress, ReplicaWork.Window); // which breaks no exchange: nobody waits for what is done
        return Exchanging(seat => Worker.RunWindow(order, seat, cancellationToken));
    });

    /// <inheritdoc/>
    public async Task<ReplicaPosition?> ReportAsync(CancellationToken cancellationToken) =>
        _worker is null ? null : await RunAsync(() => Worker.Report() is { } position ? position with { RunId = _runId } : null);

    /// <inheritdoc/>
    public Task BreakAsync(int generation)
    {
        lock (_seats)
        {
            if (_group?.Generation <= generation)
            {
                _membership?.Break();
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken) =>
        RunAsync(() => Worker.Evaluate(split, cancellationToken));

    /// <inheritdoc/>
    public Task EndPhaseAsync(EndPhaseOrder order, CancellationToken cancellationToken) => RunAsync(() =>
    {
        RequireCurrent(order.Generation);
        Worker.EndPhase(order);
        return true;
    });

    /// <inheritdoc/>
    public Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken) => RunAsync(() =>
    {
        RequireCurrent(order.Generation);
        RequireOwnFolder(order.Path);
        Worker.SaveCheckpoint(order);
        return true;
    });

    /// <inheritdoc/>
    public Task LoadCheckpointAsync(string path, CancellationToken cancellationToken) => RunAsync(() =>
    {
        Worker.LoadCheckpoint(path);
        return true;
    });

    /// <inheritdoc/>
    public Task<string> BroadcastStateAsync(BroadcastOrder order, CancellationToken cancellationToken) => RunAsync(() =>
    {
        RequireCurrent(order.Generation);
        Worker.RequireAhead(order.Generation, order.Progress, ReplicaWork.Broadcast);
        return Exchanging(seat => Worker.BroadcastState(order, seat, cancellationToken));
    });

    /// <inheritdoc/>
    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken) => RunAsync(() => Worker.HashFrozen());

    /// <inheritdoc/>
    public Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken) => RunAsync(() =>
    {
        if (path is not null)
        {
            RequireOwnFolder(path);
        }

        return Worker.SaveModel(path);
    });

    /// <inheritdoc/>
    public Task StopAsync()
    {
        _stopping.Cancel();
        _worker?.RequestStop();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync()
    {
        if (_thread is not { } thread)
        {
            Unmark();
            _runId = null;
            return;
        }

        _thread = null;
        await BreakAsync(int.MaxValue);
        await thread.RunAsync(() =>
        {
            Free();
            NativeHeap.GiveBack();
        });
        thread.Dispose();
        Unmark();
        _runId = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await ReleaseAsync();

    /// <summary>Gives back all that is held. A device that has failed may fail in this, too, and is free nevertheless.</summary>
    private void Free()
    {
        var (worker, lease) = (_worker, _lease);
        (_worker, _lease, _group) = (null, null, null);
        LeaveSeat();
        foreach (var held in (IDisposable?[])[worker, lease])
        {
            try
            {
                held?.Dispose();
            }
            catch (Exception reason) when (DeviceFault.Is(reason))
            {
                // Nothing can be done for what a broken device holds, and nobody waits for it.
            }
        }
    }

    private Task<ReplicaReady> LoadAsync(PrepareOrder order, CancellationToken cancellationToken) => RunAsync(() =>
    {
        if (_worker is null)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            _lease = workspaces.Join(order.RunId, order.Spec, either.Token);
            either.Token.ThrowIfCancellationRequested(); // weights take a while, too
            _worker = new(_lease.Workspace, ReplicaDevice.Of(device));
        }

        return order.Suggest ? _worker.Ready with { SuggestedReplicas = _worker.SuggestReplicas() } : _worker.Ready;
    });

    private ReplicaWorker Worker => _worker ?? throw HoldsNothing();

    private SharedExchanges.Membership Membership =>
        _membership ?? throw new InvalidOperationException("The replica has not entered a phase.");

    /// <summary>Notes what the replica is about to do, for the case that its process dies of it.</summary>
    private void Mark(RunSpec spec, string work)
    {
        var mark = FeatureDirectory.Marks.Leave(new(_runId!, spec.Output, device, work));
        Interlocked.Exchange(ref _mark, mark)?.Dispose();
    }

    private void Unmark() => Interlocked.Exchange(ref _mark, null)?.Dispose();

    private void RequireCurrent(int generation)
    {
        if (_group is { } group && generation < group.Generation)
        {
            throw new StaleOrderException($"The device {device} is in group {group.Generation} of run {_runId}, and group {generation} is over.");
        }
    }

    /// <summary>An order may come late, when the device is another run's by now: what that one has trained is none of the first one's files.</summary>
    /// <exception cref="ReplicaLostException">The folder is known to be another run's.</exception>
    private void RequireOwnFolder(string file)
    {
        var folder = new OutputFolder(Path.GetDirectoryName(Path.GetFullPath(file))!);
        if (!folder.IsOf(_runId!))
        {
            throw new ReplicaLostException($"The device {device} belongs to run {_runId}, and {folder.Path} is {folder.NameOfOwner()}'s.");
        }
    }

    private void TakeSeat(int phase)
    {
        LeaveSeat();
        var group = _group ?? throw new InvalidOperationException("The replica is in no group.");
        var (plan, member) = GroupExchange.Of(_runId!, phase, Worker.Spec.Shards, Worker.Spec.Exchange, group);
        var membership = exchanges.Join(plan, member, Worker.ExchangeLength);
        lock (_seats)
        {
            _membership = membership;
        }
    }

    /// <summary>Work together with the other members: where it fails, they would wait for this replica for ever.</summary>
    private T Exchanging<T>(Func<IStepExchange, T> work)
    {
        try
        {
            return work(Around(Membership.Seat));
        }
        catch
        {
            _membership?.Break();
            throw;
        }
    }

    private void LeaveSeat()
    {
        lock (_seats)
        {
            _membership?.Dispose();
            _membership = null;
        }
    }

    /// <summary>A release may come late, of a coordinator before this one or of the scheduler: what was loaded is gone, and can be loaded again.</summary>
    private ReplicaLostException HoldsNothing() => new($"The device {device} was given back meanwhile and holds nothing of the run.");

    /// <summary>Work on the device thread. What the device, its memory or its disk breaks down with loses the replica, not the run.</summary>
    private async Task<T> RunAsync<T>(Func<T> work)
    {
        var thread = _thread ?? throw HoldsNothing();
        try
        {
            return await thread.RunAsync(work);
        }
        catch (Exception reason) when (DeviceFault.Is(reason))
        {
            throw DeviceFault.Of(reason, device, _runId);
        }
    }
}
