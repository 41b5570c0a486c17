using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>Lists base, pooling and head as Keras's summary would.</summary>
internal static class SummaryRows
{
    public static ImmutableArray<SummaryRow> Of(
        LayerTable table, ImmutableArray<FeatureShape> shapes, FreezeMask mask, Boundary boundary, HeadLayers head) =>
    [
        .. table.Layers.Select(layer => new SummaryRow(
            layer.Name,
            layer.Kind.ToString(),
            [shapes[layer.Index].Height, shapes[layer.Index].Width, layer.Channels],
            layer.Parameters,
            mask.Trainable[layer.Index],
            layer.Index == boundary.Index)),
        new(Boundary.PooledName, "GlobalAveragePooling", [table.PooledFeatures], 0, Trainable: false, boundary.IsPooled),
        .. head.Layers.Select(layer =>
            new SummaryRow(layer.Name, "Dense", [layer.OutFeatures], layer.Parameters, Trainable: true, IsBoundary: false)),
    ];
}
