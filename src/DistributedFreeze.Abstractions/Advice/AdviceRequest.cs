using DistributedFreeze.Runs;

namespace DistributedFreeze.Advice;

/// <summary>What is asked where advice is wanted on how much to unfreeze. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("df.advice-request")]
public sealed record AdviceRequest
{
    /// <summary>The run that advice is wanted for: its data, weights, head, batches and seed. What its phases unfreeze is one candidate among others.</summary>
    [Id(0)] public required RunSpec Spec { get; init; }

    /// <summary>By what candidates are compared. Default: accuracy.</summary>
    [Id(1)] public EpochMeasure Metric { get; init; } = EpochMeasure.Accuracy;

    /// <summary>Into how many folds training and validation images are dealt, 2 to 10, each held out once. Default: null, the validation images alone are held out.</summary>
    [Id(2)] public int? Folds { get; init; }

    /// <summary>About how long the short runs may take; null for as long as they take. With it, measured rates decide which candidates are tried.</summary>
    [Id(3)] public TimeSpan? Budget { get; init; }

    /// <summary>The most bytes that a model may have; null for any.</summary>
    [Id(4)] public long? MaxModelBytes { get; init; }
}
