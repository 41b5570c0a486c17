using System.Collections.Immutable;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>One line of a plan's summary: a layer of the base, the pooling, or a layer of the head.</summary>
/// <param name="Name">Layer name; <c>avg_pool</c> for the pooling, <c>head.0</c> and so on for the head.</param>
/// <param name="Kind">A <see cref="Layers.LayerKind"/>, <c>GlobalAveragePooling</c> or <c>Dense</c>.</param>
/// <param name="OutputShape">Height, width and channels for one image; a single length from the pooling on.</param>
/// <param name="Parameters">Stored numbers, moving statistics included.</param>
/// <param name="Trainable">The mask's flag; false for the pooling, true for the head.</param>
/// <param name="IsBoundary">Whether its output is the boundary.</param>
/// <remarks>Immutable. Record equality stops at <paramref name="OutputShape"/>.</remarks>
public sealed record SummaryRow(
    string Name,
    string Kind,
    ImmutableArray<int> OutputShape,
    long Parameters,
    bool Trainable,
    bool IsBoundary)
{
    /// <summary><see cref="OutputShape"/> as text: <c>7x7x2048</c>.</summary>
    public string Output => string.Join('x', OutputShape);
}
