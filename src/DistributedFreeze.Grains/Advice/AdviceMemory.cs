using DistributedFreeze.Devices;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Advice;

/// <summary>What advice on a run needs of a device's memory. Pure and thread-safe.</summary>
internal static class AdviceMemory
{
    /// <summary>A weight that trains, its gradient, and what Adam remembers of both.</summary>
    private const int BytesPerParameter = 4 * sizeof(float);

    /// <summary>A run with one replica that needs as much as the greatest of what advice computes: the gradients of all layers.</summary>
    /// <param name="spec">A valid run on a base that is no ONNX model.</param>
    public static RunSpec Of(RunSpec spec)
    {
        var last = spec.Phases[^1];
        var all = last with
        {
            Freeze = new FreezePolicy.All(),
            Optimizer = last.Optimizer with { Rates = NamedNumbers.None }, // which may name layers that stay frozen there
        };
        return spec with { Phases = [.. spec.Phases, all], MinReplicas = 1, Replicas = 1, Features = spec.Features with { Cache = FeatureCacheMode.On } };
    }

    /// <summary>The same, with what short runs hold that wait for their next round: those of all candidates, for each way to divide the images.</summary>
    /// <param name="need">What one run needs.</param>
    /// <param name="spec">The run.</param>
    /// <param name="splits">In how many ways the images are divided, at least 1.</param>
    public static MemoryNeed With(MemoryNeed need, RunSpec spec, int splits)
    {
        var table = LayerTable.For(spec.Model);
        var (last, before) = (table.Stages[^1], table.Stages[^2]);

        // The last block and a block alone, the batch norms of the last stage, that stage, and the last two: together less than the last stage twice and the last two twice.
        var each = 2 * Trainable(table, last) + 2 * Trainable(table, last, before);
        var own = spec.Phases[^1].Freeze is FreezePolicy.None ? 0 : table.TrainableParameters; // what the run itself unfreezes may be anything
        var more = BytesPerParameter * (each + own) * splits;
        return need with { First = need.First + more, Gpu = need.Gpu == 0 ? 0 : need.Gpu + more };
    }

    private static long Trainable(LayerTable table, params string[] stages) => table.Layers.Where(layer => stages.Contains(layer.Stage)).Sum(layer => layer.Parameters - layer.Statistics);
}
