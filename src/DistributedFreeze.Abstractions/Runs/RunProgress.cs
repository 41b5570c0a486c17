using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>Where a run stands: what is done, and the step that comes next.</summary>
[GenerateSerializer, Immutable, Alias("df.run-progress")]
public sealed record RunProgress
{
    /// <summary>The phase, from 0; the number of phases once all are done.</summary>
    [Id(0)] public int Phase { get; init; }

    /// <summary>The epoch within the phase, from 0.</summary>
    [Id(1)] public int Epoch { get; init; }

    /// <summary>The next step within the epoch, from 0.</summary>
    [Id(2)] public int Step { get; init; }

    /// <summary>Sum of the losses of the epoch's steps so far, added in step order.</summary>
    [Id(3)] public double LossSum { get; init; }

    /// <summary>Correct answers in the epoch so far.</summary>
    [Id(4)] public long Correct { get; init; }

    /// <summary>Images in the epoch so far.</summary>
    [Id(5)] public long Samples { get; init; }

    /// <summary>The epochs that are done, over all phases, but for the first <see cref="EpochsBefore"/> of them.</summary>
    [Id(6)] public ImmutableArray<EpochResult> Epochs { get; init; } = [];

    /// <summary>Seconds of training before this attempt, for a run that was resumed.</summary>
    [Id(7)] public double Seconds { get; init; }

    /// <summary>Images of the epoch so far whose features were computed, over all replicas.</summary>
    [Id(8)] public long FeaturesComputed { get; init; }

    /// <summary>Images of the epoch so far whose features were read, over all replicas.</summary>
    [Id(9)] public long FeaturesRead { get; init; }

    /// <summary>What the phases entered so far were predicted to take, in order; null where nothing was measured.</summary>
    [Id(10)] public ImmutableArray<PhaseEstimate?> Predictions { get; init; } = [];

    /// <summary>Seconds that the epoch has taken so far, earlier attempts included.</summary>
    [Id(11)] public double EpochSeconds { get; init; }

    /// <summary>Seconds of these that went into windows of steps; 0 in a checkpoint of a version that did not keep it.</summary>
    [Id(12)] public double EpochTrainSeconds { get; init; }

    /// <summary>
    /// Epochs that are done and not among <see cref="Epochs"/>, since they stand elsewhere: a run's history grows with it, and does not travel
    /// with each order. 0 where all are there.
    /// </summary>
    [Id(13)] public int EpochsBefore { get; init; }

    /// <summary>The best epoch of the phase so far; null before the first one is validated, or where there is nothing to validate on.</summary>
    [Id(14)] public ScoredEpoch? Best { get; init; }

    /// <summary>Whether the phase is over and the weights are those that it ends with: no step of it follows.</summary>
    [Id(15)] public bool IsPhaseEnded { get; init; }

    /// <summary>How often the learning rate of the phase was lowered so far, since epochs were no better: it cannot be told from the epochs, of which orders carry none.</summary>
    [Id(16)] public int RateReductions { get; init; }

    /// <summary>
    /// The classes of device that have computed it so far, each as <see cref="DistributedFreeze.Devices.DeviceClass"/> writes it, once, the last one at last: more than one where
    /// it had to go on elsewhere. Without those of a version that did not keep them.
    /// </summary>
    [Id(17)] public ImmutableArray<string> DeviceClasses { get; init; } = [];
}

/// <summary>An epoch, and what it came to.</summary>
/// <param name="Epoch">The epoch within the phase, from 0.</param>
/// <param name="Score">What it came to on the validation images: a loss, or a share from 0 to 1, as the phase's <see cref="PhaseSpec.BestBy"/> has it.</param>
[GenerateSerializer, Immutable, Alias("df.scored-epoch")]
public sealed record ScoredEpoch([property: Id(0)] int Epoch, [property: Id(1)] double Score);

/// <summary>One finished epoch.</summary>
[GenerateSerializer, Immutable, Alias("df.epoch-result")]
public sealed record EpochResult
{
    /// <summary>The phase, from 0.</summary>
    [Id(0)] public required int Phase { get; init; }

    /// <summary>The epoch within the phase, from 0.</summary>
    [Id(1)] public required int Epoch { get; init; }

    /// <summary>Mean loss over the training images, each as it was met.</summary>
    [Id(2)] public required double TrainLoss { get; init; }

    /// <summary>Share of the training images classified correctly as they were met, 0 to 1.</summary>
    [Id(3)] public required double TrainAccuracy { get; init; }

    /// <summary>Mean loss over the validation images after the epoch; null where there are none.</summary>
    [Id(4)] public double? ValidationLoss { get; init; }

    /// <summary>Share of the validation images classified correctly after the epoch; null where there are none.</summary>
    [Id(5)] public double? ValidationAccuracy { get; init; }

    /// <summary>Seconds that the epoch took, validation included.</summary>
    [Id(6)] public required double Seconds { get; init; }

    /// <summary>Training images per second, validation not included.</summary>
    [Id(7)] public required double ImagesPerSecond { get; init; }

    /// <summary>Training images whose features were computed, over all replicas.</summary>
    [Id(8)] public long FeaturesComputed { get; init; }

    /// <summary>Training images whose features were read from where they were kept, over all replicas.</summary>
    [Id(9)] public long FeaturesRead { get; init; }

    /// <summary>Whether it was the best epoch of its phase when it was done, by the phase's <see cref="PhaseSpec.BestBy"/>.</summary>
    [Id(10)] public bool IsBest { get; init; }

    /// <summary>Mean recall of the validation images' classes after the epoch, 0 to 1; null where there are none, or in a result of an older version.</summary>
    [Id(11)] public double? ValidationBalancedAccuracy { get; init; }

    /// <summary>Mean F1 of the classes, 0 to 1, of the validation images after the epoch; null as above.</summary>
    [Id(12)] public double? ValidationMacroF1 { get; init; }
}
