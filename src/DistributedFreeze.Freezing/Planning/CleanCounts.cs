using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>Counts of last layers that waste nothing: they start with a layer with parameters directly after a cut, or are 0.</summary>
internal static class CleanCounts
{
    /// <summary>The nearest clean counts that open fewer and more layers than starting at the given layer does.</summary>
    public static (int Fewer, int More) Around(LayerTable table, Layer first)
    {
        var cuts = CutTensors.Of(table);
        var starts = cuts.Select(cut => cut + 1)
            .Where(start => start < table.Layers.Length && table.Layers[start].HasParameters)
            .Append(table.Layers.Length)
            .ToList();
        return (
            Fewer: table.Layers.Length - starts.First(start => start > first.Index),
            More: table.Layers.Length - starts.Last(start => start <= first.Index));
    }
}
