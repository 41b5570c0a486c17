using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Data.Runs;

/// <summary>Shape of one image's features at a boundary.</summary>
internal static class FeatureShapes
{
    /// <summary>Images that a prefix is evaluated for at a time, the last block padded: one shape, and so the same bits whatever their number is.</summary>
    public const int BlockSize = 8;

    /// <summary>The same on a GPU, at most: on an H200 a ResNet50's prefix in fp32 did 1,789 images/s by 8, 3,128 by 64 and 3,684 by 256.</summary>
    public const int LargestGpuBlock = 256;

    /// <returns>(C, H, W), or (C) for the pooled features.</returns>
    public static ImmutableArray<long> At(LayerTable table, int boundary, int imageSize)
    {
        if (boundary == table.Layers.Length)
        {
            return [table.PooledFeatures];
        }

        var shape = table.ShapesAt(imageSize)[boundary];
        return [shape.Channels, shape.Height, shape.Width];
    }

    /// <returns>Number of elements.</returns>
    public static int Elements(LayerTable table, int boundary, int imageSize) =>
        checked((int)At(table, boundary, imageSize).Aggregate(1L, (product, size) => product * size));
}
