using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>What a run would be on a cluster: its data was found, and its phases were laid out. Nothing was started.</summary>
[GenerateSerializer, Immutable, Alias("df.planned-run")]
public sealed record PlannedRun
{
    /// <summary>The spec, with full paths of the silo's.</summary>
    [Id(0)] public required RunSpec Spec { get; init; }

    /// <summary>Names of the classes, in the order of the network's outputs.</summary>
    [Id(1)] public required ImmutableArray<string> Classes { get; init; }

    /// <summary>How many classes there are.</summary>
    public int ClassCount => Classes.Length;

    /// <summary>Image files to train on. They were counted by their names: one that is no image is found when the run starts.</summary>
    [Id(2)] public required int TrainImages { get; init; }

    /// <summary>Image files to validate on.</summary>
    [Id(3)] public required int ValidationImages { get; init; }

    /// <summary>Image files to test on.</summary>
    [Id(4)] public required int TestImages { get; init; }

    /// <summary>The phases, in order.</summary>
    [Id(5)] public required ImmutableArray<PlannedPhase> Phases { get; init; }

    /// <summary>The memory that a replica needs; null where the silo is too old to say.</summary>
    [Id(6)] public PlannedMemory? Memory { get; init; }
}

/// <summary>What one phase would train, move and store.</summary>
[GenerateSerializer, Immutable, Alias("df.planned-phase")]
public sealed record PlannedPhase
{
    /// <summary>SHA-256 of its mask.</summary>
    [Id(0)] public required string MaskHash { get; init; }

    /// <summary>Name of its boundary.</summary>
    [Id(1)] public required string Boundary { get; init; }

    /// <summary>Parameters that would train, the head's included.</summary>
    [Id(2)] public required long TrainableParameters { get; init; }

    /// <summary>Parameters that would not.</summary>
    [Id(3)] public required long FrozenParameters { get; init; }

    /// <summary>Bytes of gradient that a step sums over all replicas.</summary>
    [Id(4)] public required long AllReduceBytes { get; init; }

    /// <summary>Bytes of one image's features in fp32.</summary>
    [Id(5)] public required long FeatureBytes { get; init; }

    /// <summary>What a person should know, a sentence each.</summary>
    [Id(6)] public ImmutableArray<string> Warnings { get; init; } = [];
}
