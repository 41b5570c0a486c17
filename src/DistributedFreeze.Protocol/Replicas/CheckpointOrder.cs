using DistributedFreeze.Runs;

namespace DistributedFreeze.Replicas;

/// <summary>Asks a replica to write its trainable state.</summary>
/// <param name="Path">The file, on storage that every silo sees; replaced whole or not at all.</param>
/// <param name="Progress">Where the run stands, kept verbatim in the file.</param>
/// <param name="Generation">The group that the order is for.</param>
[GenerateSerializer, Immutable, Alias("df.checkpoint-order")]
public sealed record CheckpointOrder([property: Id(0)] string Path, [property: Id(1)] string Progress, [property: Id(2)] int Generation = 0);

/// <summary>Asks a replica to end its phase: it takes back the weights of the best epoch, where the phase keeps that one.</summary>
/// <param name="Progress">Where the run stands: after the phase's last epoch.</param>
/// <param name="Generation">The group that the order is for.</param>
[GenerateSerializer, Immutable, Alias("df.end-phase-order")]
public sealed record EndPhaseOrder([property: Id(0)] RunProgress Progress, [property: Id(1)] int Generation = 0);

/// <summary>A model that was written, or the state that one replica would write.</summary>
/// <param name="Sha256">Over the trained tensors in name order: name, type, shape, bytes.</param>
/// <param name="Bytes">Length of the file; 0 where none was written.</param>
[GenerateSerializer, Immutable, Alias("df.model-report")]
public sealed record ModelReport([property: Id(0)] string Sha256, [property: Id(1)] long Bytes)
{
    /// <summary>
    /// Which of the run's states it is, counted over steps and phases' ends; -1 for none of them, null from a silo that does not say.
    /// </summary>
    [Id(2)] public long? StateNumber { get; init; }
}
