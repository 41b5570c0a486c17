using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>The dense layers on top of the pooled features; they always train.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class HeadLayers
{
    private HeadLayers(ImmutableArray<DenseLayer> layers) => Layers = layers;

    /// <summary>The hidden layers in order, then the classes.</summary>
    public ImmutableArray<DenseLayer> Layers { get; }

    /// <summary>All tensors in order: <c>head.0.weight</c>, <c>head.0.bias</c>, <c>head.1.weight</c> and so on.</summary>
    public IEnumerable<TensorSpec> Tensors => Layers.SelectMany(layer => layer.Tensors);

    /// <summary>Stored numbers, all of them trainable.</summary>
    public long Parameters => Layers.Sum(layer => layer.Parameters);

    /// <summary>Multiply-adds of a forward pass for one image; a multiply-add is two FLOPs.</summary>
    public long MultiplyAdds => Layers.Sum(layer => layer.MultiplyAdds);

    /// <summary>Floating-point operations of a forward pass for one image: two per multiply-add.</summary>
    public long Flops => 2 * MultiplyAdds;

    /// <summary>Lays out a head.</summary>
    /// <param name="head">Widths of the hidden layers.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="inFeatures">Numbers per image that the first layer reads; on a base its <see cref="LayerTable.PooledFeatures"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="classes"/> is below 2, or <paramref name="inFeatures"/> or a hidden width is below 1.
    /// </exception>
    public static HeadLayers Create(HeadSpec head, int classes, int inFeatures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);

        var layers = ImmutableArray.CreateBuilder<DenseLayer>(head.Hidden.Length + 1);
        foreach (var width in head.Hidden.Append(classes))
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(width, 1, nameof(head));
            layers.Add(new(layers.Count, inFeatures, width));
            inFeatures = width;
        }

        return new(layers.MoveToImmutable());
    }
}
