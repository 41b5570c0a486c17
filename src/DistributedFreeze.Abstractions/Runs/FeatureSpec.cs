namespace DistributedFreeze.Runs;

/// <summary>How the features of images are computed and kept.</summary>
[GenerateSerializer, Immutable, Alias("df.feature-spec")]
public sealed record FeatureSpec
{
    /// <summary>Number type of features, cached or not; it is part of the result. Default: fp32.</summary>
    [Id(0)] public FeatureType Type { get; init; } = FeatureType.Fp32;

    /// <summary>What evaluates the frozen prefix; it is part of the result. Default: onnx.</summary>
    [Id(1)] public PrefixEngine Engine { get; init; } = PrefixEngine.Onnx;

    /// <summary>Whether features are kept; never changes the result. Default: auto.</summary>
    [Id(2)] public FeatureCacheMode Cache { get; init; } = FeatureCacheMode.Auto;

    /// <summary>Folder of the cache on disk, shared by all runs of a silo; null takes the silo's own. Never changes the result.</summary>
    [Id(3)] public string? Directory { get; init; }

    /// <summary>Bytes of memory that a silo's features may take, 0 to 2^50; null takes a quarter of what there is. Never changes the result.</summary>
    [Id(4)] public long? MemoryBytes { get; init; }

    /// <summary>Bytes that the cache folder may take, 0 to 2^50; 0 keeps features in memory only. Default: 20 GiB. Never changes the result.</summary>
    [Id(5)] public long DiskBytes { get; init; } = 20L << 30;

    /// <summary>What ONNX Runtime evaluates the prefix on; it is part of the result. Default: auto.</summary>
    [Id(6)] public PrefixProvider Provider { get; init; }
}

/// <summary>Number type of features.</summary>
public enum FeatureType
{
    /// <summary>32 bits: exactly what was computed.</summary>
    Fp32 = 0,

    /// <summary>16 bits of IEEE 754: half the space, at most 5e-4 of the peak activation off.</summary>
    Fp16 = 1,

    /// <summary>16 bits with the range of fp32 and 8 bits of precision.</summary>
    Bf16 = 2,
}

/// <summary>What evaluates the frozen prefix.</summary>
public enum PrefixEngine
{
    /// <summary>ONNX Runtime: batch norms folded, convolutions fused.</summary>
    Onnx = 0,

    /// <summary>TorchSharp, layer by layer: the reference.</summary>
    Torch = 1,
}

/// <summary>Whether features are kept.</summary>
public enum FeatureCacheMode
{
    /// <summary>Kept where that is predicted to be faster than computing them again.</summary>
    Auto = 0,

    /// <summary>Kept, as far as memory and disk allow.</summary>
    On = 1,

    /// <summary>Computed again for every epoch.</summary>
    Off = 2,
}
