using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>
/// Replicas of a run that are in its group no more, or not yet, and may hold a state of it: they were lost sight of, were let go by a
/// coordinator that died before their state was handed over, or are on a silo that leaves.
/// </summary>
/// <param name="runId">The run.</param>
/// <param name="pool">Knows which replicas are the run's.</param>
/// <param name="time">The clock.</param>
internal sealed class LeftBehind(string runId, IReplicaPool pool, TimeProvider time)
{
    /// <summary>How long finding them, and their answers, may take together: steps are repeated for want of them, but nobody waits for the dead.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    /// <summary>Asks all of them where they stand, and breaks what they wait for. No state changes, and no order is given.</summary>
    /// <param name="members">The group, which is asked by others.</param>
    /// <param name="generation">The group's number: replicas of a later one train under another coordinator, and are not disturbed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Those that claim a state of this run, at the latest after three seconds.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<ImmutableArray<(ReplicaHandle Handle, ReplicaPosition? Position)>> AskAsync(
        ImmutableArray<ReplicaHandle> members, int generation, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var owned = await pool.ListOwnedAsync().WaitAsync(either.Token);
            var answers = await Task.WhenAll(owned.Except(members).Select(async handle => (handle, await PositionAsync(handle, generation, either.Token))));
            return [.. answers.Where(answer => answer.Item2?.RunId == runId)]; // a device may be another run's by now
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    private static async Task<ReplicaPosition?> PositionAsync(ReplicaHandle handle, int generation, CancellationToken cancellationToken)
    {
        try
        {
            await handle.Replica.BreakAsync(generation).WaitAsync(cancellationToken);
            return await handle.Replica.ReportAsync(cancellationToken).WaitAsync(cancellationToken);
        }
        catch (Exception reason) when (reason is ReplicaLostException or ExchangeBrokenException or OperationCanceledException)
        {
            return null;
        }
    }
}
