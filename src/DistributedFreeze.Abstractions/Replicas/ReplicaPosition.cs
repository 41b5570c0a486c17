using DistributedFreeze.Runs;

namespace DistributedFreeze.Replicas;

/// <summary>Where a replica stands: after a loss, the furthest one is the truth.</summary>
[GenerateSerializer, Immutable, Alias("df.replica-position")]
public sealed record ReplicaPosition
{
    /// <summary>Where the run stood when the replica's last order began.</summary>
    [Id(0)] public required RunProgress Base { get; init; }

    /// <summary>The steps it has completed since; null for none.</summary>
    [Id(1)] public WindowReport? Since { get; init; }
}
