using DistributedFreeze.Runs;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Makes the optimizer that a phase asks for.</summary>
public static class FlatOptimizers
{
    /// <param name="spec">A validated specification.</param>
    /// <param name="length">Number of trainable parameters, at least 1.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <exception cref="ArgumentOutOfRangeException">The kind is unknown.</exception>
    public static IFlatOptimizer Create(OptimizerSpec spec, long length, Device device) => spec.Kind switch
    {
        OptimizerKind.Sgd => new SgdOptimizer(spec, length, device),
        OptimizerKind.Adam or OptimizerKind.AdamW => new AdamOptimizer(spec, length, device),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Kind, "Unknown optimizer."),
    };
}
