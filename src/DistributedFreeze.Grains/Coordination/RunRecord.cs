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

    /// <summary>Number of its last event when this was stored.</summary>
    [Id(7)] public long LastEvent { get; init; }

    /// <summary>Number of its newest group of replicas; 0 before the first.</summary>
    [Id(8)] public int Generation { get; init; }

    /// <summary>Ids of that group's devices.</summary>
    [Id(9)] public ImmutableArray<string> Devices { get; init; } = [];

    /// <summary>What was asked of the run and not yet done.</summary>
    [Id(10)] public RunWish Wish { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    [Id(11)] public DateTimeOffset? EndedAt { get; init; }
}
