using DistributedFreeze.Runs;

namespace DistributedFreeze.Replicas;

/// <summary>The place in the run whose state a replica holds. After a failure the run continues from the furthest one.</summary>
/// <remarks>
/// A replica claims a position only for state that it holds: one that has joined and not yet taken the run's state over has none. The hash
/// of the state travels with it, so that two that claim one step are known to hold the same.
/// </remarks>
[GenerateSerializer, Immutable, Alias("df.replica-position")]
public sealed record ReplicaPosition
{
    /// <summary>Where the run stood when the replica's last order began.</summary>
    [Id(0)] public required RunProgress Base { get; init; }

    /// <summary>The steps it has completed since; null for none.</summary>
    [Id(1)] public WindowReport? Since { get; init; }

    /// <summary>
    /// SHA-256 over what the replica holds there: every tensor that ever trained, running statistics included, and the optimizer's vectors;
    /// null from a silo that does not say, whose position counts for nothing.
    /// </summary>
    [Id(2)] public string? StateHash { get; init; }

    /// <summary>Steps of every epoch, from 1; 0 from a silo that does not say.</summary>
    [Id(3)] public int StepsPerEpoch { get; init; }

    /// <summary>The run whose state it is: a device may have been given to another one. Null from a silo that does not say.</summary>
    [Id(4)] public string? RunId { get; init; }
}
