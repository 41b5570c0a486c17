using DistributedFreeze.Devices;

namespace DistributedFreeze.Runs;

/// <summary>In which numbers the layers of the base are computed. Weights, sums of gradients, batch norms' parameters and statistics and the loss are fp32 in any case, and the head but for TF32's products.</summary>
public enum RunPrecision
{
    /// <summary>32 bits throughout.</summary>
    Fp32 = 0,

    /// <summary>32 bits, but factors of convolutions and of products of matrices are rounded to 10 bits of fraction first, by NVIDIA's GPUs alone: runs are on GPUs.</summary>
    Tf32 = 1,

    /// <summary>
    /// Convolutions and activations have 16 bits with the range of fp32 and 8 bits of precision; their weights are kept in fp32, and rounded where they are used. TorchSharp evaluates the frozen
    /// layers, too.
    /// </summary>
    Bf16 = 2,
}

/// <summary>What a run's precision makes of fields that leave a choice. Pure and thread-safe.</summary>
public static class PrecisionNeeds
{
    /// <summary>The kind of device that a run is for: TF32 is known to GPUs alone.</summary>
    public static DeviceChoice DeviceOf(RunSpec spec) => spec is { Precision: RunPrecision.Tf32, Device: DeviceChoice.Auto } ? DeviceChoice.Cuda : spec.Device;

    /// <summary>What evaluates a run's frozen layers as far as the run says: models for ONNX Runtime are written in fp32.</summary>
    public static PrefixEngine EngineOf(RunSpec spec) => spec.Precision == RunPrecision.Bf16 ? PrefixEngine.Torch : spec.Features.Engine;
}
