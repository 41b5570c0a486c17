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
    /// <param name="spec">The run.</param>
    /// <param name="device">The replica's.</param>
    /// <param name="prefixEngine">Id of what evaluates its prefix; null where no phase has one.</param>
    public static ComputePlatform Of(RunSpec spec, torch.Device device, string? prefixEngine) => new()
    {
        Device = device.type == DeviceType.CPU
            ? $"{DeviceKind.Processor} {(spec.Precision == RunPrecision.Bf16 ? InstructionSet.OfBfloat16 : InstructionSet.OfOneDnn)}"
            : GpuIdentity.Of(device.index),
        LibTorch = TorchFacts.OfThisProcess.Version ?? torch.__version__,
        PrefixEngine = prefixEngine ?? "none",
        Cuda = TorchFacts.OfThisProcess.Cuda,
        CuDnn = TorchFacts.OfThisProcess.CuDnn,
        OneDnn = TorchFacts.OfThisProcess.OneDnn,
    };

    /// <summary>What a person should know of it, a sentence each.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="device">The replica's.</param>
    /// <param name="prefix">Says what evaluates its prefix; asked where that matters.</param>
    public static ImmutableArray<string> Warnings(RunSpec spec, torch.Device device, Func<torch.Device, PrefixChoice> prefix) =>
        device.type == DeviceType.CUDA && spec.Features.Provider == PrefixProvider.Auto && spec.Model.Base is not null && prefix(device) == new PrefixChoice(PrefixEngine.Onnx, PrefixProvider.Cpu)
            ? ["`model.base` is evaluated on the processor, though there is a GPU: this ONNX Runtime has no CUDA provider. `features.provider: cpu` says that this is meant."]
            : [];
}
