using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>Keeps a run's group in line with what the pool grants, and every member at the same step.</summary>
/// <remarks>
/// Who joins loads the base from its file and takes only the trainable state over, from a member by way of the run's checkpoint. Where no
/// member has a state, all take the newest checkpoint; where there is none, the run begins again, with the same result.
/// </remarks>
internal sealed class GroupKeeper(
    string runId, RunSpec spec, IReplicaPool pool, OutputFolder output, ImmutableArray<PhaseOrder> phases, Action<RunEvent> publish, Func<RunMilestone, Task> keep)
{
    /// <summary>How long a replica may take to say where it stands, a step in flight included; then it counts as lost.</summary>
    private static readonly TimeSpan ReportPatience = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, ReplicaReady> _ready = new(StringComparer.Ordinal);

    /// <summary>The seat of every device in <see cref="_ready"/>.</summary>
    private readonly Dictionary<string, ReplicaSeat> _known = new(StringComparer.Ordinal);

    /// <summary>Replicas that load data and weights while the others train.</summary>
    private readonly Dictionary<ReplicaSeat, Task> _loading = [];

    /// <summary>The phase that each prepared replica is in; -1 before the first.</summary>
    private readonly Dictionary<string, int> _entered = new(StringComparer.Ordinal);

    /// <summary>Devices whose replicas hold the weights of the step at which the run stands.</summary>
    private readonly HashSet<string> _current = new(StringComparer.Ordinal);

    private ReplicaGroup _group = new([], 0);
    private bool _whole;

    /// <summary>The group as of the last <see cref="EnsureAsync"/>.</summary>
    public ReplicaGroup Group => _group;

    /// <summary>Number of the newest group.</summary>
    public int Generation { get; private set; }

    /// <summary>What the members have loaded; the first one's where a single one is asked for.</summary>
    public ReplicaReady Ready => _ready[_group.Seats[0].Device];

    /// <summary>What a member has loaded.</summary>
    public ReplicaReady ReadyOf(ReplicaSeat seat) => _ready[seat.Device];

    /// <summary>What the member that entered a phase first predicted of it, by phase.</summary>
    public Dictionary<int, PhasePrediction?> Predictions { get; } = [];

    /// <summary>True where some member holds the run's state.</summary>
    public bool HoldsState => _group.Seats.Any(seat => _current.Contains(seat.Device));

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
        _group = new([.. pool.Granted.Where(seat => devices.Contains(seat.Device))], generation);
        return _group.Count == 0 ? known : await SurveyAsync(new("The coordinator was lost.", []), known, cancellationToken);
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
        while (pool.Granted.IsEmpty)
        {
            await pool.WaitAsync(cancellationToken);
        }

        var loaded = HoldsState ? await LoadedAsync(pool.Granted, cancellationToken) : pool.Granted;
        var seats = Order(loaded.IsEmpty ? pool.Granted : loaded);
        if (!_whole || !seats.SequenceEqual(_group.Seats))
        {
            await FormAsync(seats, progress, cancellationToken);
        }
    }

    /// <summary>Asks every replica to end what it is doing after the current step.</summary>
    public Task StopAsync() => new ReplicaGroup([.. pool.Granted.Union(_group.Seats)], Generation).StopAsync();

    /// <summary>Finds out who is left and where the run stands, after a group broke.</summary>
    /// <param name="broken">What is known of the loss.</param>
    /// <param name="known">Where the run was known to stand.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<RunProgress> SurveyAsync(GroupBrokenException broken, RunProgress known, CancellationToken cancellationToken)
    {
        _whole = false;
        foreach (var (seat, reason) in broken.Lost)
        {
            await LoseAsync(seat, reason);
        }

        await _group.BreakAsync();
        var positions = await Task.WhenAll(_group.Seats.Select(seat => PositionAsync(seat, cancellationToken)));
        ImmutableArray<ReplicaSeat> left = [.. _group.Seats.Zip(positions).Where(pair => pair.Second.Answered).Select(pair => pair.First)];
        foreach (var (seat, (_, _, reason)) in _group.Seats.Zip(positions).Where(pair => !pair.Second.Answered).ToList())
        {
            await LoseAsync(seat, reason!);
        }

        var survey = Survey.Of([.. positions.Where(position => position.Answered).Select(position => position.Position)], known);
        _current.Clear();
        _current.UnionWith(survey.Current.Select(i => left[i].Device));
        for (var i = 0; i < left.Length; i++)
        {
            _entered[left[i].Device] = positions.Where(position => position.Answered).ElementAt(i).Position?.Base.Phase ?? -1;
        }

        return survey.Progress ?? known;
    }

    /// <summary>Gives up every member that is on another silo than the first.</summary>
    public async Task KeepFirstSiloAsync()
    {
        foreach (var seat in _group.Seats.Where(seat => seat.Silo != _group.Seats[0].Silo).ToList())
        {
            await LoseAsync(seat, new("Silos answer, but their exchange keeps breaking: they cannot reach one another.") { IsUnreachable = true });
        }
    }

    /// <summary>Steps were done: only the members of the group hold the run's state now.</summary>
    public void Stepped()
    {
        _current.Clear();
        _current.UnionWith(_group.Devices);
    }

    /// <summary>Writes the run's checkpoint.</summary>
    public Task SaveCheckpointAsync(RunProgress progress, CancellationToken cancellationToken) =>
        _group.SaveCheckpointAsync(_group.Seats.First(seat => _current.Contains(seat.Device)), output.Checkpoint, progress, cancellationToken);

    /// <summary>Gives every replica back.</summary>
    public Task ReleaseAsync() => Task.WhenAll(_known.Values.Union(_group.Seats).Union(_loading.Keys).ToList().Select(ReleaseAsync));

    /// <summary>Members first, silo by silo: who stays keeps most of its shards, and a silo's shards are neighbours.</summary>
    private ImmutableArray<ReplicaSeat> Order(ImmutableArray<ReplicaSeat> granted)
    {
        var stay = _group.Seats.Where(granted.Contains).ToList();
        return
        [
            .. stay.Concat(granted.Except(stay))
                .GroupBy(seat => seat.Silo, StringComparer.Ordinal)
                .SelectMany(silo => silo)
                .Take(spec.Shards),
        ];
    }

    /// <summary>A group that trains does not wait for others to load data and weights: they join once they have.</summary>
    /// <returns>The seats that need no loading.</returns>
    private async Task<ImmutableArray<ReplicaSeat>> LoadedAsync(ImmutableArray<ReplicaSeat> granted, CancellationToken cancellationToken)
    {
        foreach (var seat in _loading.Keys.Where(seat => !granted.Contains(seat) && _loading[seat].IsCompleted).ToList())
        {
            await ReleaseAsync(seat);
        }

        foreach (var seat in granted.Where(seat => !_ready.ContainsKey(seat.Device) && !_loading.ContainsKey(seat)))
        {
            _loading.Add(seat, seat.Replica.PrepareAsync(new() { RunId = runId, Spec = spec }, cancellationToken));
        }

        // Whatever a loading comes to is seen when the seat is prepared again, which then takes no time.
        return [.. granted.Where(seat => _ready.ContainsKey(seat.Device) || _loading[seat].IsCompleted)];
    }

    private async Task FormAsync(ImmutableArray<ReplicaSeat> seats, RunProgress progress, CancellationToken cancellationToken)
    {
        seats = await PrepareAsync(seats, cancellationToken);
        var before = _group;
        _group = new(seats, ++Generation);
        await keep(new(Generation, _group.Devices, progress));
        await _group.JoinAsync(spec.Shards, cancellationToken);

        // Not only those of the group before: one that broke while it was formed may have left some behind.
        var left = _known.Values.Where(seat => !seats.Contains(seat) && _ready.ContainsKey(seat.Device)).ToList();
        if (!_current.Overlaps(_group.Devices) && left.Find(seat => _current.Contains(seat.Device)) is { } holder && !RunCursor.IsStart(progress))
        {
            // Those who hold the state leave all together: it has to be handed over first.
            await new ReplicaGroup([holder], Generation).SaveCheckpointAsync(holder, output.Checkpoint, progress, cancellationToken);
        }

        await Task.WhenAll(left.Select(ReleaseAsync));
        _whole = true;
        if (Announces)
        {
            publish(new RunEvent.Regrouped(
                Generation, _group.Devices, [.. _group.Devices.Except(before.Devices)], [.. left.Select(seat => seat.Device)]));
        }
    }

    /// <summary>Loads data and weights wherever they are not loaded.</summary>
    /// <returns>The seats that can be used: one whose data is missing or other than the group's is given up where others have it.</returns>
    private async Task<ImmutableArray<ReplicaSeat>> PrepareAsync(ImmutableArray<ReplicaSeat> seats, CancellationToken cancellationToken)
    {
        var member = seats.FirstOrDefault(seat => _ready.ContainsKey(seat.Device));
        var known = member is null ? null : _ready[member.Device];
        var fresh = new ReplicaGroup([.. seats.Where(seat => !_ready.ContainsKey(seat.Device))], Generation);
        var ready = await fresh.AskAsync(async (seat, _) =>
        {
            try
            {
                return await seat.Replica.PrepareAsync(new() { RunId = runId, Spec = spec, Suggest = spec.Replicas is null && known is null }, cancellationToken);
            }
            catch (InvalidInputException other) when (member is not null)
            {
                await LoseAsync(seat, Strange(other));
                return null;
            }
            catch (DeviceBusyException busy)
            {
                throw new ReplicaLostException(busy.Message, busy) { IsUnreachable = true };
            }
        });
        for (var i = 0; i < ready.Length; i++)
        {
            var seat = fresh.Seats[i];
            if (ready[i] is not { } loaded)
            {
                continue;
            }

            known ??= loaded;
            try
            {
                RequireSame(known, loaded, seat, replica => replica.DataHash, "data.path", "other images");
                RequireSame(known, loaded, seat, replica => replica.BaseHash, "model.weights", "other base weights");
            }
            catch (InvalidInputException other) when (member is not null)
            {
                await LoseAsync(seat, Strange(other));
                await ReleaseAsync(seat);
                continue;
            }

            _ready[seat.Device] = loaded;
            _known[seat.Device] = seat;
            _loading.Remove(seat);
            _entered.TryAdd(seat.Device, -1);
        }

        return [.. seats.Where(seat => _ready.ContainsKey(seat.Device))];
    }

    /// <summary>Lets every member enter the run's phase and take over the state that it lacks.</summary>
    private async Task<RunProgress> BringUpAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        var holder = _group.Seats.FirstOrDefault(seat => _current.Contains(seat.Device));
        if (holder is null && !RunCursor.IsStart(progress))
        {
            progress = (CheckpointProgress.Newest(output, spec) ?? new()) with { Seconds = progress.Seconds };
        }

        var order = phases[progress.Phase] with { Progress = progress };
        if (_group.Seats.Any(seat => _entered[seat.Device] != order.Phase))
        {
            var prediction = await _group.BeginPhaseAsync(order, seat => _entered[seat.Device] != order.Phase, cancellationToken);
            Predictions.TryAdd(order.Phase, prediction);
            foreach (var seat in _group.Seats)
            {
                _entered[seat.Device] = order.Phase;
            }
        }

        var needy = _group.Seats.Where(seat => !_current.Contains(seat.Device)).ToHashSet();
        if (needy.Count > 0 && !RunCursor.IsStart(progress))
        {
            if (holder is not null)
            {
                await _group.SaveCheckpointAsync(holder, output.Checkpoint, progress, cancellationToken);
            }

            await _group.LoadCheckpointAsync(output.Checkpoint, needy.Contains, cancellationToken);
        }

        _current.UnionWith(_group.Devices);
        return progress;
    }

    private static async Task<(bool Answered, ReplicaPosition? Position, ReplicaLostException? Reason)> PositionAsync(
        ReplicaSeat seat, CancellationToken cancellationToken)
    {
        try
        {
            return (true, await seat.Replica.ReportAsync(cancellationToken).WaitAsync(ReportPatience, cancellationToken), null);
        }
        catch (ReplicaLostException reason)
        {
            return (false, null, reason);
        }
        catch (TimeoutException reason)
        {
            return (false, null, new("It does not say where it stands.", reason) { IsUnreachable = true });
        }
    }

    /// <summary>A replica that cannot be reached is avoided; one whose device failed gives up all it holds and may try again.</summary>
    private async Task LoseAsync(ReplicaSeat seat, ReplicaLostException reason)
    {
        _group = new(_group.Seats.Remove(seat), Generation);
        _whole = false;
        Forget(seat);
        pool.Lost(seat, reason.IsUnreachable);
        publish(new RunEvent.ReplicaLost(seat.Device, reason.Message));
        if (!reason.IsUnreachable)
        {
            await ReleaseAsync(seat);
        }
    }

    private async Task ReleaseAsync(ReplicaSeat seat)
    {
        Forget(seat);
        try
        {
            await seat.Replica.ReleaseAsync();
        }
        catch (ReplicaLostException)
        {
            // Then it holds nothing any more.
        }
    }

    private void Forget(ReplicaSeat seat)
    {
        _ready.Remove(seat.Device);
        _known.Remove(seat.Device);
        _entered.Remove(seat.Device);
        _current.Remove(seat.Device);
        _loading.Remove(seat);
    }

    /// <summary>A newcomer's silo lacks or has other than what the members have: it is the newcomer that goes.</summary>
    private static ReplicaLostException Strange(InvalidInputException other) =>
        new($"Its silo cannot use what the others use: {other.Message.ReplaceLineEndings(" ")}") { IsUnreachable = true };

    private void RequireSame(
        ReplicaReady known, ReplicaReady loaded, ReplicaSeat seat, Func<ReplicaReady, string> hash, string field, string what)
    {
        if (hash(loaded) != hash(known))
        {
            throw new InvalidInputException(field, $"must lead to the same content on every silo: {seat.Device} of run {runId} sees {what} than the others");
        }
    }
}
