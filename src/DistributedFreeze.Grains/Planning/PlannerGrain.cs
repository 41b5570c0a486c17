using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;
using Orleans.Concurrency;

namespace DistributedFreeze.Grains.Planning;

/// <summary>Plans runs by the names of their files; it opens none and needs no device.</summary>
[StatelessWorker]
internal sealed class PlannerGrain(PathRoots roots) : Grain, IPlannerGrain
{
    public Task<PlannedRun> PlanAsync(RunSpec spec)
    {
        RunSpecValidator.EnsureValid(spec);
        var resolved = roots.Resolve(spec);
        return Task.Run(() => Plan(resolved)); // a folder of a million files takes a while to list
    }

    private static PlannedRun Plan(RunSpec spec)
    {
        var data = DataOutline.Read(spec.Data, spec.Seed);
        RequireFiles(spec, data);
        return new()
        {
            Spec = spec,
            Classes = data.Classes,
            TrainImages = data.Train,
            ValidationImages = data.Validation,
            TestImages = data.Test,
            Phases = [.. RunPlan.Of(spec, data.Classes.Length).Phases.Select(Phase)],
        };
    }

    private static void RequireFiles(RunSpec spec, DataOutline data)
    {
        if (spec.Model.Classes is { } classes && classes != data.Classes.Length)
        {
            throw new InvalidInputException("model.classes", $"must be the number of class folders in the data ({data.Classes.Length}), got {classes}");
        }

        RunInputs.Require(spec, resume: false);
    }

    private static PlannedPhase Phase(PhasePlan phase) => new()
    {
        MaskHash = phase.Mask.Hash,
        Boundary = phase.Boundary.Name,
        TrainableParameters = phase.Parameters.Trainable,
        FrozenParameters = phase.Parameters.Frozen,
        AllReduceBytes = phase.AllReduceBytes,
        FeatureBytes = phase.FeatureBytes,
        Warnings = phase.Warnings,
    };
}
