using System.Collections.Immutable;

namespace DistributedFreeze.Replicas;

/// <summary>One copy of the model on one device, as the driver of a run sees it.</summary>
/// <remarks>Calls come one at a time, but for <see cref="StopAsync"/>, which may come while another is in flight.</remarks>
public interface IReplica
{
    /// <summary>Loads data and weights.</summary>
    /// <exception cref="Errors.InvalidInputException">The data or the weights cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The replica was asked to stop meanwhile.</exception>
    Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken);

    /// <summary>Enters a phase: builds its trainable state and optimizer, and drops the last phase's.</summary>
    /// <exception cref="Errors.MaskMismatchException">The replica holds another mask than the order names.</exception>
    Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken);

    /// <summary>Runs a window of steps together with the other replicas.</summary>
    /// <exception cref="Errors.RunFailedException">The loss is no longer a number, or another replica left.</exception>
    Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken);

    /// <summary>Scores this replica's shards of a split.</summary>
    Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken);

    /// <summary>Writes the trainable state, atomically.</summary>
    Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken);

    /// <summary>Takes over the trainable state of a checkpoint, for the phase that it was written in.</summary>
    /// <exception cref="Errors.InvalidInputException">The file is damaged, or belongs to another run, base or mask.</exception>
    Task LoadCheckpointAsync(string path, CancellationToken cancellationToken);

    /// <summary>Hashes every base layer that was frozen through all phases so far, from the tensors in use.</summary>
    /// <returns>SHA-256 by layer name.</returns>
    Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken);

    /// <summary>Hashes the trained tensors, and writes the model where a path is given.</summary>
    /// <param name="path">The file, replaced whole or not at all; null only hashes.</param>
    /// <param name="cancellationToken">Stops before the file is replaced.</param>
    Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken);

    /// <summary>Asks for the window or evaluation in flight to end after the current step, on every replica; ends the loading of data at once.</summary>
    Task StopAsync();

    /// <summary>Gives back device, memory and files.</summary>
    Task ReleaseAsync();
}
