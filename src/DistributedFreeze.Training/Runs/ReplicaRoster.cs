using System.Collections.Immutable;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>What is known of each of a run's replicas: what it has loaded, the phase it is in, whether it stands where the run does.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ReplicaRoster
{
    private const int NoPhase = -1;

    private readonly Dictionary<ReplicaSeat, Entry> _entries = [];

    /// <summary>Seats of the replicas that have loaded data and weights.</summary>
    public ImmutableArray<ReplicaSeat> Loaded => [.. _entries.Where(known => known.Value.Ready is not null).Select(known => known.Key)];

    /// <summary>Whether a replica has loaded data and weights.</summary>
    public bool HasLoaded(ReplicaSeat seat) => _entries.TryGetValue(seat, out var known) && known.Ready is not null;

    /// <summary>What a replica has loaded.</summary>
    /// <exception cref="InvalidOperationException">It has loaded nothing.</exception>
    public ReplicaReady ReadyOf(ReplicaSeat seat) => _entries.GetValueOrDefault(seat).Ready
        ?? throw new InvalidOperationException($"{seat.Device} has loaded nothing yet.");

    /// <summary>Whether a replica holds the weights of the step at which the run stands.</summary>
    public bool IsCurrent(ReplicaSeat seat) => _entries.TryGetValue(seat, out var known) && known.IsCurrent;

    /// <summary>Whether a replica is in a phase.</summary>
    public bool IsIn(ReplicaSeat seat, int phase) => _entries.TryGetValue(seat, out var known) && known.Phase == phase;

    /// <summary>The phase that a replica is in; null for none.</summary>
    public int? PhaseOf(ReplicaSeat seat) => _entries.TryGetValue(seat, out var known) && known.Phase != NoPhase ? known.Phase : null;

    /// <summary>A replica has loaded data and weights.</summary>
    public void RecordLoaded(ReplicaSeat seat, ReplicaReady ready)
    {
        var known = _entries.GetValueOrDefault(seat, Entry.Unknown);
        _entries.Remove(seat); // a seat that was granted anew has another replica than the one of the same device before
        _entries.Add(seat, known with { Ready = ready });
    }

    /// <summary>A replica is in a phase; null for none.</summary>
    public void RecordPhase(ReplicaSeat seat, int? phase) =>
        _entries[seat] = _entries.GetValueOrDefault(seat, Entry.Unknown) with { Phase = phase ?? NoPhase };

    /// <summary>These replicas, and no others, hold the weights of the step at which the run stands.</summary>
    public void SetCurrent(IEnumerable<ReplicaSeat> seats)
    {
        foreach (var seat in _entries.Keys)
        {
            _entries[seat] = _entries[seat] with { IsCurrent = false };
        }

        foreach (var seat in seats)
        {
            _entries[seat] = _entries.GetValueOrDefault(seat, Entry.Unknown) with { IsCurrent = true };
        }
    }

    /// <summary>A replica was lost or given back.</summary>
    public void Forget(ReplicaSeat seat) => _entries.Remove(seat);

    private readonly record struct Entry(ReplicaReady? Ready, int Phase, bool IsCurrent)
    {
        public static readonly Entry Unknown = new(Ready: null, NoPhase, IsCurrent: false);
    }
}
