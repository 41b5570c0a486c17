using System.Collections.Immutable;

namespace DistributedFreeze.Training.Runs;

/// <summary>Replicas that are there from the beginning: those of one process, without a cluster.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="seats">The seats, at least one.</param>
public sealed class FixedReplicas(IEnumerable<ReplicaSeat> seats) : IReplicaPool
{
    private ImmutableArray<ReplicaSeat> _seats = [.. seats];
    private int _most = int.MaxValue;

    /// <inheritdoc/>
    public ImmutableArray<ReplicaSeat> Granted => [.. _seats.Take(_most)];

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Every seat was lost.</exception>
    public Task WaitAsync(CancellationToken cancellationToken) => _seats.IsEmpty
        ? throw new InvalidOperationException("Every replica was lost, and no other can be had.")
        : Task.CompletedTask;

    /// <inheritdoc/>
    public Task LimitAsync(int most, CancellationToken cancellationToken)
    {
        _most = most;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Lost(ReplicaSeat seat, bool avoid)
    {
        if (avoid)
        {
            _seats = _seats.Remove(seat);
        }
    }
}
