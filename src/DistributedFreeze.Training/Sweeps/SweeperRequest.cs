using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Training.Sweeps;

/// <summary>What a sweep is to find out.</summary>
public sealed record SweeperRequest
{
    /// <summary>The runs, valid ones; at least one.</summary>
    public required ImmutableArray<RunSpec> Trials { get; init; }

    /// <summary>By what they are compared.</summary>
    public required EpochMeasure Metric { get; init; }

    /// <summary>When trials that lag behind are stopped; null trains all of them whole.</summary>
    public SweepHalving? Halving { get; init; }

    /// <summary>What is known of them from before, trial by trial; empty for nothing. What says on which inputs it was found out is taken only where they are the same.</summary>
    public ImmutableArray<TrialResult> Known { get; init; } = [];

    /// <summary>Replicas of every trial, which change nothing but the time; null lets trials have the processors first.</summary>
    internal int? Replicas { get; init; }
}
