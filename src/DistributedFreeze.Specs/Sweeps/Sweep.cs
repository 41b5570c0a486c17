using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Specs.Sweeps;

/// <summary>Runs that differ in some fields, and how they are compared. Immutable and thread-safe.</summary>
public sealed record Sweep
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>By what trials are compared, on the validation images.</summary>
    public required EpochMeasure Metric { get; init; }

    /// <summary>When trials are stopped early; null where all are trained whole.</summary>
    public SweepHalving? Halving { get; init; }

    /// <summary>Paths of the fields that differ, as the file has them.</summary>
    public required ImmutableArray<string> Fields { get; init; }

    /// <summary>The trials, at least one; no two are the same run.</summary>
    public required ImmutableArray<SweepTrial> Trials { get; init; }

    /// <summary>SHA-256 over what is asked: sweeps of the same key have the same trials and the same answer.</summary>
    public required string Key { get; init; }
}

/// <summary>One run of a sweep. Immutable and thread-safe.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Key">SHA-256 over its spec, wherever that is to be written.</param>
/// <param name="Values">The values of <see cref="Sweep.Fields"/>, as a run file has them on one line.</param>
/// <param name="Spec">The whole run.</param>
public sealed record SweepTrial(int Number, string Key, ImmutableArray<string> Values, RunSpec Spec)
{
    /// <summary>Its name within the sweep, such as <c>trial-007</c>.</summary>
    public string Name => NameOf(Number);

    /// <summary>The name of a trial.</summary>
    /// <param name="number">From 1.</param>
    internal static string NameOf(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"trial-{number:000}");
}
