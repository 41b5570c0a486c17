using System.ComponentModel.DataAnnotations;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Data.Memory;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Which devices a silo lends to runs.</summary>
public sealed record DeviceOptions
{
    /// <summary>Slots of the processor, one replica each, 0 to 1,024; null takes one per processor where there is no GPU, else none.</summary>
    [Range(0, 1_024)]
    public int? CpuSlots { get; init; }

    /// <summary>Where the silo's exchange listens, <c>HOST:PORT</c>; null where it takes part in none.</summary>
    public string? ExchangeAddress { get; init; }

    /// <summary>
    /// Bytes of memory that the replicas of all runs may take together, above 0; null takes what the program and cached features leave of the
    /// process's. A run of which one replica needs more is refused.
    /// </summary>
    public long? RunMemoryBytes { get; init; }

    /// <summary>Bytes of memory that cached features of all runs may take together, whatever runs ask, at least 0; null takes a quarter.</summary>
    public long? FeatureMemoryBytes { get; init; }

    /// <summary>Whether cached features come out of the memory of runs: true where one run is all there is, and says how much it keeps. Default: false.</summary>
    public bool FeaturesAreRuns { get; init; }

    /// <summary><see cref="FeatureMemoryBytes"/>, or its default.</summary>
    internal long FeatureMemory => FeatureMemoryBytes ?? FeatureStores.DefaultMemoryBytes;

    /// <summary><see cref="RunMemoryBytes"/>, or its default.</summary>
    internal long RunMemory => RunMemoryBytes ?? Math.Max(1, MemoryLimit.Of(RunHost.Current) - (FeaturesAreRuns ? 0 : FeatureMemory));
}
