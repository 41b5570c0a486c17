using System.Collections.Immutable;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <summary>What is known only once a run has trained, and goes into its receipt.</summary>
internal sealed record ReceiptDraft
{
    public required string RunId { get; init; }

    /// <summary>SHA-256 of the model that was written.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>What was proven to have stayed frozen.</summary>
    public required ImmutableArray<FrozenLayer> Frozen { get; init; }

    /// <summary>How the model did on the test images; null where there are none.</summary>
    public required SplitScore? Test { get; init; }

    /// <summary>How the model did on the validation images; null where there are none.</summary>
    public required SplitScore? Validation { get; init; }

    /// <summary>The devices of the replicas that finished the run.</summary>
    public required ImmutableArray<string> Devices { get; init; }

    /// <summary>Where the run stands: every epoch is done.</summary>
    public required RunProgress Progress { get; init; }

    /// <summary>Seconds since the run began, earlier attempts included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Who submitted the run; null where nobody was asked.</summary>
    public RunOwner? Owner { get; init; }

    /// <summary>The receipt.</summary>
    /// <param name="run">What the run was to be.</param>
    public Receipt Of(PreparedRun run)
    {
        var last = run.Plans[^1];
        return new()
        {
            RunId = RunId,
            Program = ProgramVersion.Current,
            ModelSha256 = ModelSha256,
            BaseSha256 = run.Loaded.BaseHash,
            DataSha256 = run.Loaded.DataHash,
            MaskHash = last.Mask.Hash,
            TrainableParameters = last.Parameters.Trainable,
            FrozenUnchanged = true, // else there would be no receipt
            TrainLoss = [.. Progress.Epochs.Select(epoch => epoch.TrainLoss)],
            TestAccuracy = Test?.Accuracy,
            TestLoss = Test?.Loss,
            TestImages = run.Loaded.TestImages,
            Test = Test?.Measure(run.Loaded.Classes, run.Spec.Seed),
            Validation = Validation?.Measure(run.Loaded.Classes, run.Spec.Seed),
            Replicas = Devices.Length,
            Devices = Devices,
            ImagesPerSecond = RunPace.Rate(Progress.Epochs),
            Seconds = Seconds,
            Classes = run.Loaded.Classes,
            Phases = [.. run.Spec.Phases.Select((phase, i) => Phase(phase, run.Plans[i], EpochsOf(i), run.StepsPerEpoch))],
            Epochs = Progress.Epochs,
            FrozenLayers = [.. Frozen.Where(part => !StatisticsName.TryParse(part.Layer, out _))],
            FrozenStatistics = [.. Frozen.SelectMany(part => StatisticsName.TryParse(part.Layer, out var norm) ? [part with { Layer = norm }] : Array.Empty<FrozenLayer>())],
            Preprocessing = run.Loaded.Preprocessing,
            Warnings = run.Warnings,
            Spec = run.Spec,
            Owner = Owner?.Name,
            OwnerIssuer = Owner?.Issuer,
            Parent = run.Loaded.Parent,
            Platform = run.Loaded.Platform,
            DeviceClasses = Progress.DeviceClasses is { IsDefault: false, Length: > 1 } classes ? classes : null,
            Predictions = [.. run.Spec.Phases.Select((_, i) => Compare(i))],
        };
    }

    private ImmutableArray<EpochResult> EpochsOf(int phase) => [.. Progress.Epochs.Where(epoch => epoch.Phase == phase)];

    private static PhaseReceipt Phase(PhaseSpec phase, PhasePlan plan, ImmutableArray<EpochResult> epochs, int stepsPerEpoch) => new(
        plan.Mask.Hash,
        plan.Boundary.Name,
        plan.Parameters.Trainable,
        plan.Parameters.Frozen,
        plan.AllReduceBytes,
        (long)epochs.Length * stepsPerEpoch)
    {
        Epochs = epochs.Length,
        KeptEpoch = (phase.Keep == KeptEpoch.Best ? epochs.LastOrDefault(epoch => epoch.IsBest) : null)?.Epoch ?? epochs[^1].Epoch,
    };

    private PhaseComparison Compare(int phase) =>
        PhaseComparison.Of(Progress.Predictions.ElementAtOrDefault(phase), EpochsOf(phase));
}
