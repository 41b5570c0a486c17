using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <summary>What a run comes to, known once its data set is: plans, steps, costs, warnings. Immutable.</summary>
internal sealed class PreparedRun
{
    /// <param name="spec">A validated spec.</param>
    /// <param name="table">The base's layers.</param>
    /// <param name="masks">The mask of every phase.</param>
    /// <param name="loaded">What a replica has loaded; every replica has the same but for the device.</param>
    public PreparedRun(RunSpec spec, LayerTable table, ImmutableArray<FreezeMask> masks, ReplicaReady loaded)
    {
        Spec = spec;
        Loaded = loaded;
        Plans = [.. masks.Select((mask, i) => PhasePlan.Of(spec, i, table, mask, loaded.Classes.Length))];
        StepsPerEpoch = new EpochSchedule(loaded.TrainImages, spec.Shards, spec.BatchSize).StepsPerEpoch;
    }

    public RunSpec Spec { get; }

    public ReplicaReady Loaded { get; }

    /// <summary>A plan per phase.</summary>
    public ImmutableArray<PhasePlan> Plans { get; }

    /// <summary>Steps of every epoch, of whichever phase.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>What each phase computes, for a guess of the time that is left before anything is measured.</summary>
    public ImmutableArray<PhaseCost> Costs
    {
        get
        {
            var keepsFeatures = Spec.Features.Cache != FeatureCacheMode.Off && Spec.Data.Augmentation is null or { Views: not null };
            return [.. Spec.Phases.Select((phase, i) => RunPace.CostOf(phase, Plans[i], Loaded, keepsFeatures))];
        }
    }

    /// <summary>What a person should know of the run, a sentence each.</summary>
    public ImmutableArray<string> Warnings =>
    [
        .. MissingWeights.Warning(Spec) is { } missing ? [missing] : Array.Empty<string>(),
        .. Spec.Exchange == ExchangeType.Bf16 ? ["Sums travel between silos as bf16: the result depends on which silos the replicas run on."] : Array.Empty<string>(),
        .. Loaded.Warnings,
        .. Plans.SelectMany(plan => plan.Warnings).Distinct(),
    ];

    /// <summary>Tells that data and weights are there.</summary>
    /// <param name="replicas">Replicas that have loaded them.</param>
    public RunEvent.Prepared Announcement(int replicas) =>
        new(replicas, Loaded.TrainImages, Loaded.ValidationImages, Loaded.TestImages, Loaded.Classes, Warnings) { Preprocessing = Loaded.Preprocessing };

    /// <summary>Tells that a phase has ended.</summary>
    /// <param name="progress">Where the run stands: after the phase's last epoch, every epoch there.</param>
    public RunEvent.PhaseDone EndOf(RunProgress progress)
    {
        var kept = RunCursor.Kept(progress, Spec.Phases[progress.Phase]);
        var result = progress.Epochs.First(epoch => (epoch.Phase, epoch.Epoch) == (progress.Phase, kept));
        return new(progress.Phase, progress.Epoch, kept, EndedEarly: progress.Epoch < Spec.Phases[progress.Phase].Epochs)
        {
            ValidationLoss = result.ValidationLoss,
            ValidationAccuracy = result.ValidationAccuracy,
        };
    }

    /// <summary>Tells that a phase begins.</summary>
    /// <param name="phase">The phase, from 0.</param>
    public RunEvent.PhaseStarted AnnouncementOf(int phase)
    {
        var plan = Plans[phase];
        return new(
            phase,
            Spec.Phases.Length,
            Spec.Phases[phase].Epochs,
            plan.Mask.Hash,
            plan.Boundary.Name,
            plan.Parameters.Trainable,
            plan.Parameters.Frozen,
            plan.AllReduceBytes)
        {
            MaskVersion = plan.Mask.Version,
            BoundaryDepth = plan.Boundary.Index,
        };
    }
}
