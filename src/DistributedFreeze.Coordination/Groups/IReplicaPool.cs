using System.Collections.Immutable;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>Where a run's replicas come from. What it grants may change at any time; the run follows between two windows.</summary>
public interface IReplicaPool
{
    /// <summary>The handles that the run may use now; empty while it has to wait.</summary>
    ImmutableArray<ReplicaHandle> Granted { get; }

    /// <summary>Waits until there is a handle.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task WaitAsync(CancellationToken cancellationToken);

    /// <summary>Says how many replicas the run has work for.</summary>
    /// <param name="most">At least 1.</param>
    /// <param name="cancellationToken">Ends the waiting for what can be had at once.</param>
    Task LimitAsync(int most, CancellationToken cancellationToken);

    /// <summary>Finds every replica that may hold something of the run, whether its handle is granted or not.</summary>
    /// <returns>Their handles; without those of which nobody could be asked.</returns>
    Task<ImmutableArray<ReplicaHandle>> ListOwnedAsync() => Task.FromResult(Granted);

    /// <summary>Says that a replica was lost.</summary>
    /// <param name="handle">Its handle.</param>
    /// <param name="avoid">True where the run shall not get the handle again for now: it cannot be reached, or is another's.</param>
    void Lost(ReplicaHandle handle, bool avoid);
}
