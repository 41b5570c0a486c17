using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Freezing.Masks;

/// <summary>
/// The last single tensor that every path from the input to the output goes through and that no open layer with parameters
/// can change: everything up to it is a constant of the image, and the tail is computed from it alone.
/// </summary>
/// <remarks>Immutable and thread-safe. A skip connection is a path like any other, so a boundary is never inside a block.</remarks>
public sealed record Boundary
{
    /// <summary>Name of the boundary when nothing in the base trains: the globally averaged output.</summary>
    public const string PooledName = "avg_pool";

    private Boundary()
    {
    }

    /// <summary>Name of the layer whose output it is, or <see cref="PooledName"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Index of that layer; for the pooled features one after the last layer, 175 in a ResNet50.</summary>
    public required int Index { get; init; }

    /// <summary>Whether it is the globally averaged output of the base, because no layer with parameters is open.</summary>
    public required bool IsPooled { get; init; }

    /// <summary>Indices of the layers of the base after it, in order; empty when <see cref="IsPooled"/>.</summary>
    public required ImmutableArray<int> TailLayers { get; init; }

    /// <summary>Indices of the frozen layers with parameters in the tail, in order: they must be computed at every step.</summary>
    public required ImmutableArray<int> FrozenInTail { get; init; }

    /// <summary>
    /// Those of <see cref="FrozenInTail"/> that come before the first open layer with parameters: a boundary at a later cut would
    /// spare computing them.
    /// </summary>
    public required ImmutableArray<int> FrozenBeforeTrainable { get; init; }

    /// <summary>
    /// Whether the first open layer lies inside a block that starts frozen, so that the block's frozen layers are computed at every step.
    /// </summary>
    public bool InsideBlock => !FrozenBeforeTrainable.IsEmpty;

    /// <summary>Finds the boundary of a mask.</summary>
    /// <param name="table">The layers that the mask flags.</param>
    /// <param name="mask">Which layers are open.</param>
    /// <exception cref="ArgumentException"><paramref name="mask"/> belongs to another network than <paramref name="table"/>.</exception>
    public static Boundary Of(LayerTable table, FreezeMask mask)
    {
        if (mask.Table.StableName != table.StableName)
        {
            throw new ArgumentException($"The mask is of {mask.Table.StableName}, the table of {table.StableName}.", nameof(mask));
        }

        var firstTrainable = table.Layers.FirstOrDefault(layer => layer.HasParameters && mask.Trainable[layer.Index]);
        if (firstTrainable is null)
        {
            return Pooled(table);
        }

        // The input has no parameters and is a cut, so there is always one before the first open layer.
        var cut = CutTensors.Of(table).Last(index => index < firstTrainable.Index);
        ImmutableArray<int> tail = [.. Enumerable.Range(cut + 1, table.Layers.Length - cut - 1)];
        ImmutableArray<int> frozen = [.. tail.Where(index => table.Layers[index].HasParameters && !mask.Trainable[index])];
        return new()
        {
            Name = table.Layers[cut].Name,
            Index = cut,
            IsPooled = false,
            TailLayers = tail,
            FrozenInTail = frozen,
            FrozenBeforeTrainable = [.. frozen.Where(index => index < firstTrainable.Index)],
        };
    }

    private static Boundary Pooled(LayerTable table) => new()
    {
        Name = PooledName,
        Index = table.Layers.Length,
        IsPooled = true,
        TailLayers = [],
        FrozenInTail = [],
        FrozenBeforeTrainable = [],
    };
}
