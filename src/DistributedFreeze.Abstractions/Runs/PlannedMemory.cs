using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>The memory that a replica of a run is predicted to need at its worst moment; an upper estimate.</summary>
[GenerateSerializer, Immutable, Alias("df.planned-memory")]
public sealed record PlannedMemory
{
    /// <summary>Bytes for the first replica on a host, besides the program and cached features.</summary>
    [Id(0)] public required long Bytes { get; init; }

    /// <summary>Bytes for every further one there: they share weights, pixels and prefix engines.</summary>
    [Id(1)] public required long BytesOfAnother { get; init; }

    /// <summary>The most that cached features take there.</summary>
    [Id(2)] public required long FeatureBytes { get; init; }

    /// <summary>Bytes that runs may take where it was planned.</summary>
    [Id(3)] public required long AvailableBytes { get; init; }

    /// <summary>When the worst moment is, as a phrase.</summary>
    [Id(4)] public required string Moment { get; init; }

    /// <summary>What <see cref="Bytes"/> are made of, the most first.</summary>
    [Id(5)] public required ImmutableArray<PlannedMemoryPart> Parts { get; init; }

    /// <summary>Bytes of a replica's GPU, at least: its prefix is evaluated by few images at a time then. Null where a replica may be on the processor; else all of the above is the host's.</summary>
    [Id(6)] public long? DeviceBytes { get; init; }

    /// <summary>The same on a GPU with room for the largest blocks of images, without the features that it keeps in half of what is left; null likewise.</summary>
    [Id(7)] public long? DeviceBytesAtMost { get; init; }

    /// <summary>What <see cref="DeviceBytesAtMost"/> are made of, the most first; empty where there are none.</summary>
    [Id(8)] public ImmutableArray<PlannedMemoryPart> DeviceParts { get; init; } = [];
}

/// <summary>Part of the memory that a replica needs.</summary>
[GenerateSerializer, Immutable, Alias("df.planned-memory-part")]
public sealed record PlannedMemoryPart
{
    /// <summary>What it holds, as a phrase.</summary>
    [Id(0)] public required string What { get; init; }

    /// <summary>Bytes.</summary>
    [Id(1)] public required long Bytes { get; init; }

    /// <summary>The field of a run file that makes it; null where none does.</summary>
    [Id(2)] public string? Field { get; init; }
}
