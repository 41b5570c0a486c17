using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains;

/// <summary>What lists of runs are filtered by, and never changes: the catalogue keeps it beside a run's id, so that a filtered list asks no run.</summary>
[GenerateSerializer, Immutable, Alias("df.run-traits")]
public sealed record RunTraits
{
    /// <summary>The run's labels.</summary>
    [Id(0)] public RunLabels Labels { get; init; } = RunLabels.None;

    /// <summary>Who submitted it; null where nobody was asked.</summary>
    [Id(1)] public string? Owner { get; init; }

    /// <summary>Issuer of the owner's token; null for a key.</summary>
    [Id(2)] public string? OwnerIssuer { get; init; }

    /// <summary>When it was submitted.</summary>
    [Id(3)] public DateTimeOffset? SubmittedAt { get; init; }
}

/// <summary>A run that a filter may let through.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Traits">What it was filtered by; null for a run of a version that did not keep it, which has to be asked itself.</param>
[GenerateSerializer, Immutable, Alias("df.listed-run")]
public sealed record ListedRun([property: Id(0)] string RunId, [property: Id(1)] RunTraits? Traits);
