using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Sweeps;

/// <summary>What a sweep on a cluster is to find out: which of several runs is the best. Immutable.</summary>
/// <example>
/// <code><![CDATA[
/// using DistributedFreeze.Runs;
/// using DistributedFreeze.Sweeps;
///
/// RunSpec Head(string name, double rate) => new()
/// {
///     Data = new() { Path = "photos" },
///     Phases = [new() { Epochs = 15, Optimizer = new() { LearningRate = rate } }],
///     Output = $"heads/{name}",
/// };
///
/// var request = new SweepRequest
/// {
///     Name = "heads",
///     Trials = [new("slow", Head("slow", 1e-4)), new("fast", Head("fast", 1e-2))],
///     Metric = EpochMeasure.Accuracy,
///     Halving = new(FromEpoch: 3, Factor: 3),
/// };
/// ]]></code>
/// </example>
public sealed record SweepRequest
{
    /// <summary>The sweep's name, 1 to 40 letters of a to z, digits, dashes and underscores: ids of runs begin with it, and the label <c>sweep</c> of each has it.</summary>
    public required string Name { get; init; }

    /// <summary>The trials, at least one, each with a name and an output folder that no other has.</summary>
    public required ImmutableArray<NamedTrial> Trials { get; init; }

    /// <summary>By what they are compared, on the validation images. Default: accuracy.</summary>
    public EpochMeasure Metric { get; init; } = EpochMeasure.Accuracy;

    /// <summary>When trials that lag behind are stopped. Default: null, all of them are trained whole.</summary>
    public SweepHalving? Halving { get; init; }
}

/// <summary>A run of a sweep. Immutable.</summary>
/// <param name="Name">Its name within the sweep, of the same letters as the sweep's.</param>
/// <param name="Spec">The run.</param>
public sealed record NamedTrial(string Name, RunSpec Spec);
