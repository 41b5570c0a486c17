using System.Collections.Immutable;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>Keeps a run's group in line with what the pool grants, and every member at the same step.</summary>
/// <remarks>
/// A newcomer loads the base from its file and takes over only the trainable state, which a member broadcasts over the exchange. Where no
/// member has a state, all take the newest checkpoint; where there is none, the run begins again, with the same result.
/// </remarks>
internal sealed partial class ElasticGroup
{
    /// <summary>A silo that was killed is back within seconds, one whose machine was replaced may take longer than it pays to wait for.</summary>
    private static readonly TimeSpan ReturnTime = TimeSpan.FromMinutes(1);

    private RunSpec _spec;
    private readonly IReplicaPool _pool;
    private readonly OutputFolder _output;
    private readonly OutputLock _outputLock;
    private readonly ImmutableArray<PhaseOrder> _phases;
    private readonly Action<RunEvent> _publish;
    private readonly Func<RunSnapshot, Task> _keep;
    private readonly Func<RunProgress, RunProgress> _brief;
    private readonly TimeProvider _time;
    private readonly GroupMembership _roster = new();
    private readonly ReplicaLoader _loader;
    private readonly LeftBehind _leftBehind;
    private readonly FailureBudget _losses = new();
    private readonly DeviceFailures _failures = new();
    private readonly ShardBalancer _balancer;
    private ReplicaGroup _group = new([], 0);
    private bool _whole;
    private long? _lostAt; // null once somebody has joined since
    private string? _doubt;

    /// <summary>Whether everyone who answered the last survey held a state.</summary>
    private bool _allClaim;

    /// <summary>Where the run stood when it went back for a loss that was not a number.</summary>
    private RunProgress? _divergedAt;

    /// <param name="runId">The run.</param>
    /// <param name="spec">Its spec.</param>
    /// <param name="pool">The replicas that it may use.</param>
    /// <param name="output">Holds the run's checkpoint.</param>
    /// <param name="claim">Says whether the folder is still the run's.</param>
    /// <param name="phases">How each phase is entered.</param>
    /// <param name="publish">Is told of losses and new groups.</param>
    /// <param name="keep">Stores a group before it trains.</param>
    /// <param name="brief">Makes of where the run stands what orders say of it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="movesShards">Whether shards of a slow replica move to others.</param>
    public ElasticGroup(
        string runId,
        RunSpec spec,
        IReplicaPool pool,
        OutputFolder output,
        OutputLock claim,
        ImmutableArray<PhaseOrder> phases,
        Action<RunEvent> publish,
        Func<RunSnapshot, Task> keep,
        Func<RunProgress, RunProgress> brief,
        TimeProvider time,
        bool movesShards)
    {
        _balancer = new(spec.Shards, movesShards);
        _spec = spec;
        _pool = pool;
        _output = output;
        _outputLock = claim;
        _phases = phases;
        _publish = publish;
        _keep = keep;
        _brief = brief;
        _time = time;
        _leftBehind = new(runId, pool, time);
        _loader = new(runId, spec, _roster, (handle, other) => FailReplicaAsync(handle, Strange(other)));
    }

    /// <summary>The group as of the last <see cref="EnsureAsync"/>.</summary>
    public ReplicaGroup Group => _group;

    /// <summary>Number of the newest group.</summary>
    public int Generation { get; private set; }

    /// <summary>The run's spec, for replicas that are still to come: the same one, but for what is found out about it.</summary>
    public RunSpec Spec
    {
        set
        {
            _spec = value;
            _loader.Spec = value;
        }
    }

    /// <summary>What the members have loaded; the first one's where a single one is asked for.</summary>
    public ReplicaReady Ready => _roster.ReadyOf(_group.Handles[0]);

    /// <summary>What a member has loaded.</summary>
    public ReplicaReady ReadyOf(ReplicaHandle handle) => _roster.ReadyOf(handle);

    /// <summary>What the member that entered a phase first predicted of it, by phase.</summary>
    public Dictionary<int, PhaseEstimate?> Predictions { get; } = [];

    /// <summary>True where some member holds the run's state.</summary>
    public bool HoldsState => _group.Handles.Any(_roster.IsCurrent);

    /// <summary>True where a replica loads what it needs to join, and for a while after one was lost, in whose place another may come.</summary>
    public bool ExpectsNewcomers => _loader.Loading.Any() || (_lostAt is { } lost && _time.GetElapsedTime(lost) < ReturnTime);

    /// <summary>True where the run's state was last found on a replica that an earlier group had left behind, and on no other.</summary>
    public bool HasFoundLeftBehind { get; private set; }

    /// <summary>Whether groups are published: the first one is not news.</summary>
    public bool Announces { get; set; }

    /// <summary>Takes over a group that another coordinator formed.</summary>
    /// <param name="generation">Its number, or that of a group formed after it.</param>
    /// <param name="devices">Ids of its devices.</param>
    /// <param name="known">Where the run stood when this was stored.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Where the run stands.</returns>
    public async Task<RunProgress> AdoptAsync(int generation, ImmutableArray<string> devices, RunProgress known, CancellationToken cancellationToken)
    {
        Generation = generation;
        _group = new([.. _pool.Granted.Where(handle => devices.Contains(handle.Device))], generation);
        return devices.IsEmpty ? known : await SurveyAsync(new("The coordinator was lost.", []), known, cancellationToken);
    }

    /// <summary>Brings the group in line with the pool, and every member to where the run stands.</summary>
    /// <param name="progress">Where the run stands.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Where the run stands now: further back where all replicas that held its state were lost.</returns>
    /// <exception cref="GroupBrokenException">Members were lost meanwhile.</exception>
    /// <exception cref="InvalidInputException">Data, weights or checkpoint cannot be used.</exception>
    public async Task<RunProgress> EnsureAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        await FormAsync(progress, cancellationToken);
        return await BringUpAsync(progress, cancellationToken);
    }

    /// <summary>Brings the group in line with the pool; its members have loaded data and weights, and know their shards.</summary>
    /// <param name="progress">Where the run stands.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="GroupBrokenException">Members were lost meanwhile.</exception>
    /// <exception cref="InvalidInputException">Data or weights cannot be used.</exception>
    public async Task FormAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        while (_pool.Granted.IsEmpty)
        {
            if (HoldsState && !RunCursor.IsStart(progress))
            {
                // Those who hold it leave, and nobody is there to take it over: it may be long until somebody is.
                await SaveCheckpointAsync(progress, cancellationToken);
            }

            await _pool.WaitAsync(cancellationToken);
        }

        var granted = _pool.Granted;
        if (HoldsState)
        {
            foreach (var handle in _loader.Unwanted(granted))
            {
                await ReleaseAsync(handle);
            }

            var loaded = _loader.Begin(granted, cancellationToken);
            granted = loaded.IsEmpty ? granted : loaded;
        }

        var handles = HandleOrder.Of(_group.Handles, granted, _spec.Shards);
        if (!_whole || !handles.SequenceEqual(_group.Handles))
        {
            await FormAsync(handles, progress, cancellationToken);
        }
    }

    /// <summary>Asks every replica to end what it is doing after the current step.</summary>
    public Task StopAsync() => new ReplicaGroup([.. _pool.Granted.Union(_group.Handles)], Generation).StopAsync();

    /// <summary>
    /// Members stopped though this coordinator did not ask: a late stop of one that is gone. A new group makes them forget it.
    /// </summary>
    public void FormAnew() => _whole = false;

    /// <summary>Lets the group do a window, and finds out who holds the others up.</summary>
    /// <exception cref="GroupBrokenException">Members were lost, or the exchange broke.</exception>
    public async Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken)
    {
        var group = _group;
        var (whole, members) = await group.RunWindowAsync(order, cancellationToken);
        Stepped();
        var shards = _balancer.Of(group.Devices);
        var (found, isNew) = _balancer.Observe(
            [.. group.Devices.Select((device, i) => new MemberWindow(device, shards[i].Length, members[i].Times, members[i].FeaturesComputed))], whole.Losses.Length);
        foreach (var slow in found)
        {
            _publish(slow);
        }

        _whole &= !isNew;
        return whole;
    }

    /// <summary>Steps were done: only the members of the group hold the run's state now.</summary>
    private void Stepped()
    {
        _losses.Progressed();
        _failures.Worked(_group.Devices);
        _roster.SetCurrent(_group.Handles);
    }

    /// <summary>Lets every member end its phase with the weights that it keeps.</summary>
    /// <param name="progress">Where the run stands: after the phase's last epoch.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="GroupBrokenException">Members were lost, or did not hold these weights.</exception>
    public Task EndPhaseAsync(RunProgress progress, CancellationToken cancellationToken) => _group.EndPhaseAsync(_brief(progress), cancellationToken);

    /// <summary>Writes the run's checkpoint.</summary>
    public Task SaveCheckpointAsync(RunProgress progress, CancellationToken cancellationToken) =>
        SaveCheckpointAsync(_group, _group.Handles.First(_roster.IsCurrent), progress, cancellationToken);

    /// <summary>Law 1: compares what stayed frozen, on every member that holds the run's state, with what it had loaded.</summary>
    /// <exception cref="GroupBrokenException">Members were lost meanwhile.</exception>
    /// <exception cref="RunFailedException">A frozen layer changed.</exception>
    public Task<ImmutableArray<FrozenLayer>> ProveFrozenAsync(CancellationToken cancellationToken) => ProveFrozenAsync(_group.Handles, cancellationToken);

    /// <summary>Gives every replica back.</summary>
    public Task ReleaseAsync() => Task.WhenAll(_roster.Loaded.Union(_group.Handles).Union(_loader.Loading).ToList().Select(ReleaseAsync));

    /// <summary>A run that has opened a phase may have nobody in it yet: what its members hold is the end of the phase before.</summary>
    private Task SaveCheckpointAsync(ReplicaGroup group, ReplicaHandle from, RunProgress progress, CancellationToken cancellationToken)
    {
        _outputLock.Require();
        return group.SaveCheckpointAsync(
            from,
            _output.Checkpoint,
            _roster.PhaseOf(from) < progress.Phase ? RunCursor.BeforePhase(progress) : progress,
            cancellationToken);
    }

    private async Task FormAsync(ImmutableArray<ReplicaHandle> handles, RunProgress progress, CancellationToken cancellationToken)
    {
        handles = await _loader.LoadAsync(handles, Generation, cancellationToken);
        var before = _group;
        _group = new(handles, ++Generation);
        await _keep(new(Generation, _group.Devices, progress) { DeviceClass = handles.IsEmpty ? null : Ready.DeviceClass });
        await _group.JoinAsync(_balancer.Of(_group.Devices), cancellationToken);

        // Not only those of the group before: one that broke while it was formed may have left some behind.
        var left = _roster.Loaded.Where(handle => !handles.Contains(handle)).ToList();
        if (!HoldsState && left.Find(_roster.IsCurrent) is { } holder && !RunCursor.IsStart(progress))
        {
            // Those who hold the state leave all together: it has to be handed over first.
            await SaveCheckpointAsync(new([holder], Generation), holder, progress, cancellationToken);
        }

        await ProveLeavingAsync(left, cancellationToken);
        await Task.WhenAll(left.Select(ReleaseAsync));
        _whole = true;
        var joined = _group.Devices.Except(before.Devices).ToImmutableArray();
        _lostAt = joined.IsEmpty ? _lostAt : null;
        if (Announces)
        {
            _publish(new RunEvent.Regrouped(
                Generation, _group.Devices, joined, [.. left.Select(handle => handle.Device)]));
        }
    }

    /// <summary>Who leaves has a share in the state that stays, and takes its frozen layers with it.</summary>
    private async Task ProveLeavingAsync(IEnumerable<ReplicaHandle> left, CancellationToken cancellationToken)
    {
        try
        {
            await ProveFrozenAsync(left, cancellationToken);
        }
        catch (GroupBrokenException)
        {
            // Lost meanwhile, and the proof with it.
        }
    }

    private Task<ImmutableArray<FrozenLayer>> ProveFrozenAsync(IEnumerable<ReplicaHandle> handles, CancellationToken cancellationToken) =>
        new ReplicaGroup([.. handles.Where(handle => _roster.IsCurrent(handle) && _roster.HasLoaded(handle))], Generation).ProveFrozenAsync(_roster.ReadyOf, cancellationToken);

    private Task ReleaseAsync(ReplicaHandle handle)
    {
        Forget(handle);
        return handle.GiveBackAsync();
    }

    private void Forget(ReplicaHandle handle)
    {
        _roster.Forget(handle);
        _loader.Forget(handle);
    }

    /// <summary>A newcomer's silo lacks or has other than what the members have: it is the newcomer that goes.</summary>
    private static ReplicaLostException Strange(InvalidInputException other) =>
        new($"Its silo cannot use what the others use: {other.Message.ReplaceLineEndings(" ")}") { IsUnreachable = true };
}
