namespace DistributedFreeze.Runs;

/// <summary>A run at a glance.</summary>
[GenerateSerializer, Immutable, Alias("df.run-status")]
public sealed record RunStatus
{
    /// <summary>The run.</summary>
    [Id(0)] public required string RunId { get; init; }

    /// <summary>Its state.</summary>
    [Id(1)] public required RunState State { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(2)] public RunProgress Progress { get; init; } = new();

    /// <summary>Why it failed or was interrupted.</summary>
    [Id(3)] public string? Reason { get; init; }

    /// <summary>What it did, once it has succeeded.</summary>
    [Id(4)] public Receipt? Receipt { get; init; }

    /// <summary>What it runs, with the paths as the silo resolved them; null from a silo that does not say.</summary>
    [Id(5)] public RunSpec? Spec { get; init; }

    /// <summary>When it was submitted; null for a run of a version that did not keep it.</summary>
    [Id(6)] public DateTimeOffset? SubmittedAt { get; init; }
}
