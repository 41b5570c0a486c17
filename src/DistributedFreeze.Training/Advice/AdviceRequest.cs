using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

/// <summary>What is asked of an <see cref="Adviser"/>. Immutable.</summary>
public sealed record AdviceRequest
{
    /// <summary>The run that advice is wanted for: its data, weights, head, batches and seed. What its phases unfreeze is one candidate among others.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary>By what candidates are compared. Default: accuracy.</summary>
    public EpochMeasure Metric { get; init; } = EpochMeasure.Accuracy;

    /// <summary>Into how many folds training and validation images are dealt, 2 to 10, each held out once. Default: null, the validation images alone are held out.</summary>
    public int? Folds { get; init; }

    /// <summary>About how long the short runs may take; null for as long as they take. With it, measured rates decide which candidates are tried.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>The most bytes that a model may have; null for any.</summary>
    public long? MaxModelBytes { get; init; }
}
