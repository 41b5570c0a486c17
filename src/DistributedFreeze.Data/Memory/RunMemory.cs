using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Memory;

/// <summary>The memory that a run is predicted to need on one host, besides the program itself.</summary>
/// <remarks>An upper estimate. Immutable and thread-safe.</remarks>
/// <param name="Moments">Reading its images, and each of its phases.</param>
/// <param name="FeatureBytes">Most memory of cached features, which a silo budgets apart from its runs.</param>
public sealed record RunMemory(ImmutableArray<MemoryMoment> Moments, long FeatureBytes)
{
    /// <summary>When it needs the most.</summary>
    public MemoryMoment Worst => Moments.MaxBy(moment => moment.Bytes)!;

    /// <summary>Bytes of one replica, with what replicas of a process share, without cached features.</summary>
    public long Bytes => Worst.Bytes;

    /// <summary>The same with cached features, where nobody budgets them apart.</summary>
    public long BytesWithFeatures => ByteCount.Sum([Bytes, FeatureBytes]);

    /// <summary>Bytes of every further replica of the run in the same process.</summary>
    public long BytesOfAnother => Moments.Max(moment => moment.BytesOfAnother);

    /// <summary>The same moments for a replica on a GPU that has room for the largest blocks of images.</summary>
    public ImmutableArray<MemoryMoment> OnGpu { get; init; } = [];

    /// <summary>What such a replica needs of its host.</summary>
    public RunMemory BesideGpu => new([.. OnGpu.Select(moment => moment.Only(part => !part.IsOnDevice))], FeatureBytes);

    /// <summary>What it takes of its GPU, but for the features that are kept there, which have half of what it leaves.</summary>
    public RunMemory WithinGpu => new([.. OnGpu.Select(moment => moment.Only(part => part.IsOnDevice))], FeatureBytes: 0);

    /// <summary>The host's memory for one replica that computes on a GPU.</summary>
    public long HostBytes => BesideGpu.Bytes;

    /// <summary>The same with cached features.</summary>
    public long HostBytesWithFeatures => BesideGpu.BytesWithFeatures;

    /// <summary>The GPU's memory for a replica that computes there, at least: by the smallest blocks of images.</summary>
    public long DeviceBytes { get; init; }

    /// <summary>What a plan says of it.</summary>
    /// <param name="available">Bytes that runs may take where it is planned.</param>
    public PlannedMemory Planned(long available) => new()
    {
        Bytes = Bytes,
        BytesOfAnother = BytesOfAnother,
        FeatureBytes = FeatureBytes,
        AvailableBytes = available,
        Moment = Worst.Name,
        Parts = [.. Worst.Parts.Select(part => new PlannedMemoryPart { What = part.What, Bytes = part.Bytes, Field = part.Field })],
    };

    /// <summary>What a plan says of it where every replica is on a GPU.</summary>
    /// <param name="available">Bytes of the host that runs may take where it is planned.</param>
    public PlannedMemory PlannedOnGpu(long available) => BesideGpu.Planned(available) with
    {
        DeviceBytes = DeviceBytes,
        DeviceBytesAtMost = WithinGpu.Bytes,
        DeviceParts = WithinGpu.Planned(available).Parts,
    };
}
