using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Freezing.Masks;

/// <summary>Where the graph can be cut: a layer's output is a cut when every path from the input to what the head reads goes through it.</summary>
/// <remarks>Pure and thread-safe.</remarks>
public static class CutTensors
{
    /// <summary>Indices of the layers whose output alone determines everything after it, in order.</summary>
    /// <remarks>39 in a ResNet50: the 7 layers before the first block, and the sum and the output of each of the 16 blocks.</remarks>
    /// <param name="table">The layers.</param>
    public static ImmutableArray<int> Of(LayerTable table)
    {
        // Parents come before their children, so a layer is passed by exactly when an edge leads from before it to behind it.
        var furthestReader = LastReaders(table);
        var cuts = ImmutableArray.CreateBuilder<int>();
        var reach = 0;
        foreach (var layer in table.Layers)
        {
            if (reach <= layer.Index)
            {
                cuts.Add(layer.Index);
            }

            reach = Math.Max(reach, furthestReader[layer.Index]);
        }

        return cuts.ToImmutable();
    }

    /// <summary>
    /// Indices of the layers before the last ones whose output the last ones read: the tensors cut by freezing all but the last layers.
    /// </summary>
    /// <remarks>
    /// With 0 it is the base's output, which the pooling reads, and with every layer there is no rest to cut from. Of a ResNet50's counts
    /// from 0 to 174, 39 cut a single tensor.
    /// </remarks>
    /// <param name="table">The layers.</param>
    /// <param name="count">Number of last layers, 0 to all of them, as in Keras's <c>base.layers[-count:]</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 0, or above the number of layers.</exception>
    public static ImmutableArray<int> BeforeLast(LayerTable table, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, table.Layers.Length);

        var first = table.Layers.Length - count;
        var furthestReader = LastReaders(table);
        return [.. Enumerable.Range(0, first).Where(layer => furthestReader[layer] >= first)];
    }

    /// <summary>Index of the last layer that reads each layer's output; one after the last layer for what the head reads.</summary>
    private static int[] LastReaders(LayerTable table)
    {
        var readers = new int[table.Layers.Length];
        foreach (var layer in table.Layers)
        {
            foreach (var parent in layer.Parents)
            {
                readers[parent] = layer.Index;
            }
        }

        foreach (var layer in table.HeadInputs)
        {
            readers[layer.Index] = table.Layers.Length;
        }

        return readers;
    }
}
