using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>What evaluates a replica's prefix.</summary>
/// <param name="Engine">ONNX Runtime or TorchSharp.</param>
/// <param name="Provider">What ONNX Runtime computes on, never <see cref="PrefixProvider.Auto"/>; TorchSharp is where the weights are.</param>
internal readonly record struct PrefixChoice(PrefixEngine Engine, PrefixProvider Provider)
{
    /// <summary>TorchSharp, on the replica's device.</summary>
    public static PrefixChoice Torch { get; } = new(PrefixEngine.Torch, PrefixProvider.Cpu);
}
