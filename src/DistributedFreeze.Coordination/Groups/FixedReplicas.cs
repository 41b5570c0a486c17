using System.Collections.Immutable;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>Replicas that are there from the beginning: those of one process, without a cluster.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="handles">The handles, at least one.</param>
public sealed class FixedReplicas(IEnumerable<ReplicaHandle> handles) : IReplicaPool
{
    private ImmutableArray<ReplicaHandle> _handles = [.. handles];
    private int _most = int.MaxValue;

    /// <inheritdoc/>
    public ImmutableArray<ReplicaHandle> Granted => [.. _handles.Take(_most)];

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Every handle was lost.</exception>
    public Task WaitAsync(CancellationToken cancellationToken) => _handles.IsEmpty
        ? throw new InvalidOperationException("Every replica was lost, and no other can be had.")
        : Task.CompletedTask;

    /// <inheritdoc/>
    public Task LimitAsync(int most, CancellationToken cancellationToken)
    {
        _most = most;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Lost(ReplicaHandle handle, bool avoid)
    {
        if (avoid)
        {
            _handles = _handles.Remove(handle);
        }
    }
}
