using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Native;
using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

/// <summary>What a replica computes with, for the receipt.</summary>
internal static class ReplicaPlatform
{
    private static readonly Lazy<TorchFacts> Facts = new(TorchFacts.Read);

    /// <param name="spec">The run.</param>
    /// <param name="device">The replica's.</param>
    /// <param name="prefixEngine">Id of what evaluates its prefix.</param>
    public static ComputePlatform Of(RunSpec spec, torch.Device device, string prefixEngine) => new()
    {
        Device = device.type == DeviceType.CPU
            ? $"{DeviceKind.Processor} {(spec.Precision == RunPrecision.Bf16 ? InstructionSet.OfBfloat16 : InstructionSet.OfOneDnn)}"
            : DeviceKind.Of(device.ToString()),
        LibTorch = torch.__version__,
        PrefixEngine = prefixEngine,
        Cuda = Facts.Value.Cuda,
        CuDnn = Facts.Value.CuDnn,
        OneDnn = Facts.Value.OneDnn,
    };

    /// <summary>What a person should know of it, a sentence each.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="device">The replica's.</param>
    /// <param name="prefix">What evaluates its prefix.</param>
    public static ImmutableArray<string> Warnings(RunSpec spec, torch.Device device, PrefixChoice prefix) =>
        device.type == DeviceType.CUDA && spec.Features.Provider == PrefixProvider.Auto && prefix == new PrefixChoice(PrefixEngine.Onnx, PrefixProvider.Cpu)
            ? ["`model.base` is evaluated on the processor, though there is a GPU: this ONNX Runtime has no CUDA provider. `features.provider: cpu` says that this is meant."]
            : [];
}
