using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Replicas;

/// <summary>How many replicas a run gets: as many as its spec says, or the fewest that are predicted to be fastest.</summary>
/// <remarks>
/// A cached head of microseconds per image gains nothing from a second replica, a long fill does; by law 3 that changes nothing but
/// time. Holds what was loaded for measuring until it is disposed of, so that the replicas need not load it again.
/// </remarks>
public sealed class ReplicaChoice : IDisposable
{
    private readonly RunWorkspaces.Lease? _lease;

    private ReplicaChoice(int replicas, RunWorkspaces.Lease? lease)
    {
        Replicas = replicas;
        _lease = lease;
    }

    /// <summary>Number of replicas, 1 up to the run's shards.</summary>
    public int Replicas { get; }

    /// <summary>A number that needs no measuring.</summary>
    /// <param name="replicas">At least 1.</param>
    public static ReplicaChoice Of(int replicas) => new(replicas, lease: null);

    /// <summary>Loads the run's data and weights, measures for a second or two, and chooses; on a thread of its own.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="spec">Its spec, which leaves the number open.</param>
    /// <param name="workspaces">The silo's.</param>
    /// <param name="cancellationToken">Stops the loading of the data.</param>
    /// <exception cref="Errors.InvalidInputException">Data or weights cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<ReplicaChoice> MeasureAsync(
        string runId, RunSpec spec, RunWorkspaces workspaces, CancellationToken cancellationToken)
    {
        using var thread = new DeviceThread("replica-choice", spec.ThreadsPerReplica);
        return await thread.RunAsync(() =>
        {
            var lease = workspaces.Join(runId, spec, cancellationToken);
            try
            {
                return new ReplicaChoice(lease.Workspace.Forecast.SuggestReplicas(ReplicaDevice.Of(0)), lease);
            }
            catch
            {
                lease.Dispose();
                throw;
            }
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _lease?.Dispose();
}
