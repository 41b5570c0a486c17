namespace DistributedFreeze.Runs;

/// <summary>What the replicas of a run compute with, besides the run itself: on another platform the same run may end with other bits.</summary>
[GenerateSerializer, Immutable, Alias("df.compute-platform")]
public sealed record ComputePlatform
{
    /// <summary>The kind of device, and for the processor the instructions that kernels are chosen by, such as <c>cpu x64-avx512</c>; for a GPU its class.</summary>
    [Id(0)] public required string Device { get; init; }

    /// <summary>Version of libtorch.</summary>
    [Id(1)] public required string LibTorch { get; init; }

    /// <summary>What evaluates frozen layers, on what, such as <c>onnx-1.31.1-cpu-x64-avx512</c>; part of the keys under which features are kept; <c>none</c> where no layer is frozen.</summary>
    [Id(2)] public required string PrefixEngine { get; init; }

    /// <summary>The CUDA that libtorch was built for, such as <c>12.8</c>; null for one that was built for the processor alone.</summary>
    [Id(3)] public string? Cuda { get; init; }

    /// <summary>The cuDNN that it runs with; null as above.</summary>
    [Id(4)] public string? CuDnn { get; init; }

    /// <summary>The oneDNN in it, which computes convolutions on the processor; null where libtorch does not say.</summary>
    [Id(5)] public string? OneDnn { get; init; }
}
