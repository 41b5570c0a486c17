using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Advice;

/// <summary>What advice on a run needs of a device's memory. Pure and thread-safe.</summary>
internal static class AdviceMemory
{
    /// <summary>A run with one replica that needs as much: one that trains as many layers as any candidate does, the run itself among them, and keeps its features.</summary>
    /// <param name="spec">A valid run on a base that is no ONNX model.</param>
    public static RunSpec Of(RunSpec spec)
    {
        var last = spec.Phases[^1];
        var tail = last with
        {
            Freeze = new FreezePolicy.FromStage(LayerTable.For(spec.Model).Stages[^2]),
            Optimizer = last.Optimizer with { Rates = NamedNumbers.None }, // which may name layers that stay frozen there
        };
        return spec with { Phases = [.. spec.Phases, tail], MinReplicas = 1, Replicas = 1, Features = spec.Features with { Cache = FeatureCacheMode.On } };
    }
}
