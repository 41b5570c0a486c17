namespace DistributedFreeze.Advice;

/// <summary>The relative gradient norm of one block: the gradient of the training images' loss beside the block's parameters, with the head trained and the base as it came.</summary>
/// <param name="Name">The layer that the block ends with, as in <see cref="DepthScore.Name"/>.</param>
/// <param name="Parameters">The block's trainable parameters, at least 1.</param>
/// <param name="Ratio">Norm of the gradient beside that of the parameters, 0 or more, on average over shards.</param>
/// <remarks>
/// As in Auto-RGN: Lee et al., "Surgical Fine-Tuning Improves Adaptation to Distribution Shifts" (ICLR 2023), of blocks in place of
/// layers.
/// </remarks>
[GenerateSerializer, Immutable, Alias("df.block-gradient")]
public sealed record BlockGradient([property: Id(0)] string Name, [property: Id(1)] long Parameters, [property: Id(2)] double Ratio);
