using System.Collections.Immutable;

namespace DistributedFreeze.Advice;

/// <summary>The blocks whose channel means together tell the classes apart, and how well, beside the last block alone.</summary>
/// <param name="Layers">The layers that the blocks end with, in the network's order, at least one.</param>
/// <param name="Features">Channels of all of them.</param>
/// <param name="Score">Accuracy on images that neither the probe nor the choice of blocks had seen, with its 95 % interval.</param>
/// <param name="Gain">How much better that is than the last block alone, on the same images.</param>
/// <remarks>
/// Head2Toe: Evci et al., "Head2Toe: Utilizing Intermediate Representations for Better Transfer Learning" (ICML 2022), by blocks in place of single channels.
/// </remarks>
[GenerateSerializer, Immutable, Alias("df.block-selection")]
public sealed record BlockSelection([property: Id(0)] ImmutableArray<string> Layers, [property: Id(1)] int Features, [property: Id(2)] ScoreInterval Score, [property: Id(3)] GainInterval Gain)
{
    /// <summary>Whether both say the same.</summary>
    /// <param name="other">Another selection.</param>
    public bool Equals(BlockSelection? other) =>
        other is not null && Layers.SequenceEqual(other.Layers, StringComparer.Ordinal) && (Features, Score, Gain) == (other.Features, other.Score, other.Gain);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Layers.Length, Features, Score, Gain);
}
