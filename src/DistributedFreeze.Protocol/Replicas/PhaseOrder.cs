using DistributedFreeze.Runs;

namespace DistributedFreeze.Replicas;

/// <summary>Asks a replica to enter a phase; it refuses a mask that isn't its own.</summary>
[GenerateSerializer, Immutable, Alias("df.phase-order")]
public sealed record PhaseOrder
{
    /// <summary>The phase, from 0.</summary>
    [Id(0)] public required int Phase { get; init; }

    /// <summary>Version of the mask: the phase's number, from 1.</summary>
    [Id(1)] public required int MaskVersion { get; init; }

    /// <summary>SHA-256 of the mask.</summary>
    [Id(2)] public required string MaskHash { get; init; }

    /// <summary>Where the run stands.</summary>
    [Id(3)] public RunProgress Progress { get; init; } = new();

    /// <summary>The group that the order is for.</summary>
    [Id(4)] public int Generation { get; init; }

    /// <summary>How pixels become network input, on every replica alike; null from a coordinator that does not say.</summary>
    [Id(5)] public Preprocessing? Preprocessing { get; init; }
}

/// <summary>A replica's acknowledgement of the mask that it holds.</summary>
[GenerateSerializer, Immutable, Alias("df.mask-acknowledgement")]
public sealed record MaskAcknowledgement
{
    /// <summary>Version of the mask that is held.</summary>
    [Id(0)] public required int MaskVersion { get; init; }

    /// <summary>SHA-256 of the mask that is held.</summary>
    [Id(1)] public required string MaskHash { get; init; }

    /// <summary>What the replica predicted of the phase; null where nothing was measured.</summary>
    [Id(2)] public PhaseEstimate? Prediction { get; init; }
}
