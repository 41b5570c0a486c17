using System.Collections.Immutable;

namespace DistributedFreeze.Replicas;

/// <summary>One copy of the model on one device, as the driver of a run sees it.</summary>
/// <remarks>
/// Calls come one at a time, but for <see cref="StopAsync"/> and <see cref="BreakAsync"/>, which may come while another is in flight. Any
/// call may end with <see cref="Errors.ReplicaLostException"/>: the replica does not answer, or its device failed. A call may come late, or twice.
/// Once a window has begun, a phase to enter, a window and a checkpoint count only if they stand further on, or if the group is newer.
/// </remarks>
public interface IReplica
{
    /// <summary>Loads data and weights; where this run's are loaded, reports them again.</summary>
    /// <exception cref="Errors.DeviceBusyException">The device belongs to another run.</exception>
    /// <exception cref="Errors.InvalidInputException">The data or the weights cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The replica was asked to stop meanwhile.</exception>
    Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken);

    /// <summary>Takes its place in a group, with the shards that it computes from then on.</summary>
    /// <exception cref="Errors.StaleOrderException">The replica is in a newer group.</exception>
    Task JoinAsync(GroupOrder order, CancellationToken cancellationToken);

    /// <summary>Enters a phase: builds its trainable state and optimizer, and drops the last phase's.</summary>
    /// <exception cref="Errors.MaskMismatchException">The replica holds another mask than the order names.</exception>
    Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken);

    /// <summary>Runs a window of steps together with the other replicas.</summary>
    /// <remarks>A replica that does not hold the state at which the window begins is lost to the run instead.</remarks>
    /// <exception cref="Errors.RunFailedException">The loss is no longer a number.</exception>
    /// <exception cref="Errors.ExchangeBrokenException">Another replica left.</exception>
    Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken);

    /// <summary>Where this replica stands; waits for the window in flight to end or break.</summary>
    /// <returns>Null where it holds no state of the run: it has entered no phase, or has not taken over what the others hold.</returns>
    Task<ReplicaPosition?> ReportAsync(CancellationToken cancellationToken);

    /// <summary>Breaks the exchange of the group, so that a window in flight does not wait for a replica that is gone.</summary>
    /// <param name="generation">The group; nothing happens to a newer one.</param>
    Task BreakAsync(int generation);

    /// <summary>Scores this replica's shards of a split.</summary>
    Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken);

    /// <summary>Ends the phase with the weights that it keeps; no step of it follows.</summary>
    /// <remarks>A replica that does not hold the state at which the phase ends, or not the best epoch's weights, is lost to the run instead.</remarks>
    Task EndPhaseAsync(EndPhaseOrder order, CancellationToken cancellationToken);

    /// <summary>Writes the trainable state, atomically.</summary>
    /// <exception cref="Errors.StorageUnavailableException">The file cannot be written now; the replica keeps its state.</exception>
    Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken);

    /// <summary>Takes over the trainable state of a checkpoint, for the phase that it was written in.</summary>
    /// <exception cref="Errors.InvalidInputException">The file is damaged, or belongs to another run, base or mask.</exception>
    Task LoadCheckpointAsync(string path, CancellationToken cancellationToken);

    /// <summary>Takes part when a member of the group broadcasts the run's state over the exchange: takes it over, or holds it already.</summary>
    /// <remarks>Once for a group at most. If a member leaves meanwhile, whoever was to take the state over holds none of the run's.</remarks>
    /// <returns>The hash of what it holds now: of all that trains or has trained, the optimizer's vectors, and the best epoch's copy.</returns>
    /// <exception cref="Errors.ExchangeBrokenException">Another replica left.</exception>
    Task<string> BroadcastStateAsync(BroadcastOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// Hashes every base layer that was frozen through all phases so far, and the running statistics of every batch norm that was open but
    /// kept them, from the tensors in use.
    /// </summary>
    /// <returns>SHA-256 by layer name; statistics are called <c>LAYER.statistics</c>.</returns>
    Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken);

    /// <summary>Hashes the trained tensors, and writes the model where a path is given.</summary>
    /// <param name="path">The file, replaced whole or not at all; null only hashes.</param>
    /// <param name="cancellationToken">Stops before the file is replaced.</param>
    /// <exception cref="Errors.StorageUnavailableException">The file cannot be written now; the replica keeps its state.</exception>
    Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken);

    /// <summary>Asks for the window or evaluation in flight to end after the current step, on every replica; ends the loading of data at once.</summary>
    Task StopAsync();

    /// <summary>Gives back device, memory and files; the device of another run stays as it is.</summary>
    Task ReleaseAsync();
}
