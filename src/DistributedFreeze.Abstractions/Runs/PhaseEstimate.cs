using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>What a phase was predicted to take with its features kept and without, and what was chosen.</summary>
[GenerateSerializer, Immutable, Alias("df.phase-prediction")]
public sealed record PhaseEstimate
{
    /// <summary>Name of the boundary.</summary>
    [Id(0)] public required string Boundary { get; init; }

    /// <summary>Seconds of an epoch that computes every feature again, validation included.</summary>
    [Id(1)] public required double EpochSecondsWithoutCache { get; init; }

    /// <summary>Seconds of an epoch that reads what can be kept, validation included.</summary>
    [Id(2)] public required double EpochSecondsWithCache { get; init; }

    /// <summary>Seconds, once, to compute and keep what nothing kept so far; 0 where all of it is there.</summary>
    [Id(3)] public required double FillSeconds { get; init; }

    /// <summary>Bytes of the phase's features: images times views times a record.</summary>
    [Id(4)] public required long CacheBytes { get; init; }

    /// <summary>Whether they find room in memory or on disk, beside those of earlier phases.</summary>
    [Id(5)] public required bool Fits { get; init; }

    /// <summary>Whether they are kept.</summary>
    [Id(6)] public required bool Keeps { get; init; }

    /// <summary>Why, with numbers.</summary>
    [Id(7)] public required string Reason { get; init; }

    /// <summary>Seconds of the whole phase as chosen.</summary>
    [Id(8)] public required double Seconds { get; init; }
}

/// <summary>What a phase was predicted to take, and what it took.</summary>
[GenerateSerializer, Immutable, Alias("df.phase-comparison")]
public sealed record PhaseComparison
{
    /// <summary>The prediction; null where nothing was measured: the spec decides, or all features were there.</summary>
    [Id(0)] public PhaseEstimate? Predicted { get; init; }

    /// <summary>Seconds of the first epoch, validation included.</summary>
    [Id(1)] public required double FirstEpochSeconds { get; init; }

    /// <summary>Median seconds of the other epochs; null where there is but one.</summary>
    [Id(2)] public double? OtherEpochsSeconds { get; init; }

    /// <summary>Images whose features were computed to train on, over all replicas.</summary>
    [Id(3)] public required long FeaturesComputed { get; init; }

    /// <summary>Images whose features were read to train on, over all replicas.</summary>
    [Id(4)] public required long FeaturesRead { get; init; }

    /// <summary>Sets the prediction of a phase beside its epochs.</summary>
    /// <param name="predicted">The prediction, if any.</param>
    /// <param name="epochs">The phase's epochs in order, at least one.</param>
    public static PhaseComparison Of(PhaseEstimate? predicted, ImmutableArray<EpochResult> epochs) => new()
    {
        Predicted = predicted,
        FirstEpochSeconds = epochs[0].Seconds,
        OtherEpochsSeconds = epochs.Length == 1 ? null : Median([.. epochs.Skip(1).Select(epoch => epoch.Seconds).Order()]),
        FeaturesComputed = epochs.Sum(epoch => epoch.FeaturesComputed),
        FeaturesRead = epochs.Sum(epoch => epoch.FeaturesRead),
    };

    private static double Median(ImmutableArray<double> sorted) =>
        (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
