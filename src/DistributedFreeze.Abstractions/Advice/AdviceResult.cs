using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Advice;

/// <summary>How much to unfreeze, as far as it was found out. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("df.advice-result")]
public sealed record AdviceResult
{
    /// <summary>False where it was interrupted: what is there is right, and more was to come.</summary>
    [Id(0)] public required bool IsWhole { get; init; }

    /// <summary>By what candidates were compared.</summary>
    [Id(1)] public required EpochMeasure Metric { get; init; }

    /// <summary>Training images of the run.</summary>
    [Id(2)] public required int TrainImages { get; init; }

    /// <summary>Images that candidates were judged by, each by a candidate that had not seen it.</summary>
    [Id(3)] public required int HeldOutImages { get; init; }

    /// <summary>In how many parts these were held out, 1 for all at once.</summary>
    [Id(4)] public required int Splits { get; init; }

    /// <summary>Whether these are validation images alone, as the run has them.</summary>
    [Id(5)] public required bool AreValidation { get; init; }

    /// <summary>How well each depth tells the classes apart, the stem first, all together last; empty where this was not reached.</summary>
    [Id(6)] public ImmutableArray<DepthScore> Depths { get; init; } = [];

    /// <summary>Images that <see cref="Depths"/> are from.</summary>
    [Id(7)] public int ProbedImages { get; init; }

    /// <summary>The blocks that a head would do best to see together; null where this was not reached or cannot be told.</summary>
    [Id(12)] public BlockSelection? Selection { get; init; }

    /// <summary>The relative gradient norm of each block, the stem first; empty where this was not reached, or takes more memory than there is.</summary>
    [Id(8)] public ImmutableArray<BlockGradient> Gradients { get; init; } = [];

    /// <summary>The candidates, cheapest first.</summary>
    [Id(9)] public ImmutableArray<CandidateScore> Candidates { get; init; } = [];

    /// <summary>What is recommended; null where this was not reached.</summary>
    [Id(10)] public Recommendation? Recommendation { get; init; }

    /// <summary>What a person should know of how this was found out, a sentence each.</summary>
    [Id(11)] public ImmutableArray<string> Notes { get; init; } = [];
}
