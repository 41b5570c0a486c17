using System.Collections.Immutable;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>What is known of each of a run's replicas: what it has loaded, the phase it is in, whether it stands where the run does.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class GroupMembership
{
    private const int NoPhase = -1;

    private readonly Dictionary<ReplicaHandle, Entry> _entries = [];

    /// <summary>Handles of the replicas that have loaded data and weights, or stand where the run does: those of another coordinator have loaded, too.</summary>
    public ImmutableArray<ReplicaHandle> Loaded => [.. _entries.Where(known => known.Value is { Ready: not null } or { IsCurrent: true }).Select(known => known.Key)];

    /// <summary>Whether a replica has loaded data and weights.</summary>
    public bool HasLoaded(ReplicaHandle handle) => _entries.TryGetValue(handle, out var known) && known.Ready is not null;

    /// <summary>What a replica has loaded.</summary>
    /// <exception cref="InvalidOperationException">It has loaded nothing.</exception>
    public ReplicaReady ReadyOf(ReplicaHandle handle) => _entries.GetValueOrDefault(handle).Ready
        ?? throw new InvalidOperationException($"{handle.Device} has loaded nothing yet.");

    /// <summary>Whether a replica holds the weights of the step at which the run stands.</summary>
    public bool IsCurrent(ReplicaHandle handle) => _entries.TryGetValue(handle, out var known) && known.IsCurrent;

    /// <summary>Whether a replica is in a phase.</summary>
    public bool IsIn(ReplicaHandle handle, int phase) => _entries.TryGetValue(handle, out var known) && known.Phase == phase;

    /// <summary>The phase that a replica is in; null for none.</summary>
    public int? PhaseOf(ReplicaHandle handle) => _entries.TryGetValue(handle, out var known) && known.Phase != NoPhase ? known.Phase : null;

    /// <summary>A replica has loaded data and weights.</summary>
    public void RecordLoaded(ReplicaHandle handle, ReplicaReady ready)
    {
        var known = _entries.GetValueOrDefault(handle, Entry.Unknown);
        _entries.Remove(handle); // a handle that was granted anew has another replica than the one of the same device before
        _entries.Add(handle, known with { Ready = ready });
    }

    /// <summary>A replica is in a phase; null for none.</summary>
    public void RecordPhase(ReplicaHandle handle, int? phase) =>
        _entries[handle] = _entries.GetValueOrDefault(handle, Entry.Unknown) with { Phase = phase ?? NoPhase };

    /// <summary>These replicas, and no others, hold the weights of the step at which the run stands.</summary>
    public void SetCurrent(IEnumerable<ReplicaHandle> handles)
    {
        foreach (var handle in _entries.Keys)
        {
            _entries[handle] = _entries[handle] with { IsCurrent = false };
        }

        foreach (var handle in handles)
        {
            _entries[handle] = _entries.GetValueOrDefault(handle, Entry.Unknown) with { IsCurrent = true };
        }
    }

    /// <summary>A replica was lost or given back.</summary>
    public void Forget(ReplicaHandle handle) => _entries.Remove(handle);

    private readonly record struct Entry(ReplicaReady? Ready, int Phase, bool IsCurrent)
    {
        public static readonly Entry Unknown = new(Ready: null, NoPhase, IsCurrent: false);
    }
}
