namespace DistributedFreeze.Grains;

/// <summary>How this silo's coordinators work.</summary>
public sealed record CoordinationOptions
{
    /// <summary>Least time between two checkpoints of a run, more than 0; up to three times as long where writing is slow. Default: 1 minute.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether shards of a replica that is much slower than the others move to them. Default: true.</summary>
    public bool MoveShards { get; init; } = true;

    /// <summary>How long after nothing was found stored of a listed run it is taken from the list: its silo died as it was submitted. Default: 1 minute.</summary>
    public TimeSpan EmptyEntryTime { get; init; } = TimeSpan.FromMinutes(1);
}
