using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>What is stored of a run.</summary>
[GenerateSerializer, Immutable, Alias("df.run-record")]
public sealed record RunRecord
{
    /// <summary>What was submitted; null until it was.</summary>
    [Id(0)] public RunSubmission? Submission { get; init; }

    /// <summary>The run's state.</summary>
    [Id(1)] public RunState State { get; init; }

    /// <summary>Why it failed or was interrupted.</summary>
    [Id(2)] public string? Reason { get; init; }

    /// <summary>Where it stood when this was stored.</summary>
    [Id(3)] public RunProgress Progress { get; init; } = new();

    /// <summary>What it did, once it has succeeded.</summary>
    [Id(4)] public Receipt? Receipt { get; init; }

    /// <summary>What was wrong with the input, where that is why it failed.</summary>
    [Id(5)] public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>When it was submitted.</summary>
    [Id(6)] public DateTimeOffset? SubmittedAt { get; init; }

    /// <summary>Number of its last event, once it has ended; 0 before.</summary>
    [Id(7)] public long LastEvent { get; init; }
}
