using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>How a model did on a split: what follows from its answers and its loss.</summary>
/// <remarks>
/// The same bits on any number of replicas: answers are counted, and losses added shard by shard, in shard order. What needs every image's probabilities
/// (ROC AUC, calibration) <c>dfreeze evaluate</c> computes.
/// </remarks>
[GenerateSerializer, Immutable, Alias("df.split-measures")]
public sealed record SplitMeasures
{
    /// <summary>Images of the split, at least 1.</summary>
    [Id(0)] public required int Images { get; init; }

    /// <summary>Mean loss.</summary>
    [Id(1)] public required double Loss { get; init; }

    /// <summary>Share of the images classified correctly, 0 to 1.</summary>
    [Id(2)] public required double Accuracy { get; init; }

    /// <summary>Lower end of the accuracy's 95 % interval: a percentile bootstrap, keyed by the run's seed.</summary>
    [Id(3)] public required double AccuracyLow { get; init; }

    /// <summary>Upper end of that interval.</summary>
    [Id(4)] public required double AccuracyHigh { get; init; }

    /// <summary>Mean recall of the classes that have images, 0 to 1.</summary>
    [Id(5)] public required double BalancedAccuracy { get; init; }

    /// <summary>Means over classes, each counting the same; one that has no image and was never answered is left out.</summary>
    [Id(6)] public required AverageMeasures Macro { get; init; }

    /// <summary>Means over classes, each counting as much as it has images.</summary>
    [Id(7)] public required AverageMeasures Weighted { get; init; }

    /// <summary>Every class, in the order of the network's outputs.</summary>
    [Id(8)] public required ImmutableArray<ClassMeasures> Classes { get; init; }

    /// <summary>The confusion matrix: images by class and answer, those of no image left out.</summary>
    [Id(9)] public required ImmutableArray<ConfusedImages> Confusion { get; init; }
}

/// <summary>How well one class is told from the others.</summary>
/// <param name="Class">Its name.</param>
/// <param name="Precision">Share of the images said to be of the class that are, 0 to 1; 0 where none was.</param>
/// <param name="Recall">Share of the class's images that were said to be of it, 0 to 1; 0 where it has none.</param>
/// <param name="F1">Harmonic mean of both, 0 to 1.</param>
/// <param name="Support">Images of the class.</param>
[GenerateSerializer, Immutable, Alias("df.class-measures")]
public sealed record ClassMeasures(
    [property: Id(0)] string Class,
    [property: Id(1)] double Precision,
    [property: Id(2)] double Recall,
    [property: Id(3)] double F1,
    [property: Id(4)] long Support);

/// <summary>Means over classes.</summary>
/// <param name="Precision">Of their precision, 0 to 1.</param>
/// <param name="Recall">Of their recall, 0 to 1.</param>
/// <param name="F1">Of their F1, 0 to 1.</param>
[GenerateSerializer, Immutable, Alias("df.average-measures")]
public sealed record AverageMeasures([property: Id(0)] double Precision, [property: Id(1)] double Recall, [property: Id(2)] double F1);

/// <summary>Images of one class that were given one answer.</summary>
/// <param name="Class">Name of their class.</param>
/// <param name="Answer">Name of the class that was answered.</param>
/// <param name="Images">How many, at least 1.</param>
[GenerateSerializer, Immutable, Alias("df.confused-images")]
public sealed record ConfusedImages([property: Id(0)] string Class, [property: Id(1)] string Answer, [property: Id(2)] long Images);
