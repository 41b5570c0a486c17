using System.Collections.Immutable;
using DistributedFreeze.Runs;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Makes the optimizer that a phase asks for.</summary>
internal static class FlatOptimizers
{
    /// <param name="spec">A validated specification.</param>
    /// <param name="groups">What learns at which rate and what decays, over all parameters; at least one.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <exception cref="ArgumentOutOfRangeException">The kind is unknown.</exception>
    public static IFlatOptimizer Create(OptimizerSpec spec, ImmutableArray<ParameterGroup> groups, Device device) =>
        device.type == TorchSharp.DeviceType.CPU && HostUpdates.AreSupported && Enum.IsDefined(spec.Kind) ? new HostOptimizer(spec, groups) : OnTorch(spec, groups, device);

    /// <summary>The same by libtorch's own operations, on any device.</summary>
    /// <inheritdoc cref="Create"/>
    public static IFlatOptimizer OnTorch(OptimizerSpec spec, ImmutableArray<ParameterGroup> groups, Device device) => spec.Kind switch
    {
        OptimizerKind.Sgd => new SgdOptimizer(spec, groups, device),
        OptimizerKind.Adam or OptimizerKind.AdamW => new AdamOptimizer(spec, groups, device),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Kind, "Unknown optimizer."),
    };
}
