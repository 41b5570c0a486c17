using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Sweeps;

/// <summary>What a sweep on a cluster came to, as far as it is known. Immutable.</summary>
public sealed record SweepResult
{
    /// <summary>Whether every trial has ended; where one has not, the same sweep again goes on.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>The trials, in the order in which they were given.</summary>
    public required ImmutableArray<SweptTrial> Trials { get; init; }

    /// <summary>The best of those that were trained whole; null while not every trial has ended, and where none was.</summary>
    public SweptTrial? Best { get; init; }
}

/// <summary>What a trial on a cluster came to. Immutable.</summary>
/// <param name="Name">Its name within the sweep.</param>
/// <param name="RunId">The id of its run.</param>
/// <param name="Result">What is known of it.</param>
/// <param name="Run">Its run as it was seen last, with its receipt once it has succeeded; null where it was not seen yet.</param>
public sealed record SweptTrial(string Name, string RunId, TrialResult Result, RunStatus? Run);
