using DistributedFreeze.Data;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Data.Memory;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Runs;
using Orleans.Concurrency;

namespace DistributedFreeze.Grains.Planning;

/// <summary>Plans runs by the names of their files; of what they hold it reads the receipt of a run that one starts from, and needs no device.</summary>
[StatelessWorker]
internal sealed class PlannerGrain(PathRoots roots, DeviceOptions devices) : Grain, IPlannerGrain
{
    public Task<PlannedRun> PlanAsync(RunSpec spec) => PlanForAsync(spec, owner: null);

    public async Task<PlannedRun> PlanForAsync(RunSpec spec, RunOwner? owner)
    {
        RunSpecValidator.EnsureValid(spec);
        var resolved = await ParentRuns.ResolveAsync(spec, runId: null, roots.Of(owner), GrainFactory);
        var known = await RunBases.ResolveAsync(resolved);
        return await Task.Run(() => Plan(known)); // a folder of a million files takes a while to list
    }

    private PlannedRun Plan(RunSpec spec)
    {
        var data = DataOutline.Read(spec.Data, spec.Seed);
        RequireFiles(spec, data);
        var plan = RunPlan.Of(spec, data.Classes.Length);
        var memory = MemoryEstimate.Of(plan, RunImages.Of(data)).Memory;
        return new()
        {
            Spec = spec,
            Classes = data.Classes,
            TrainImages = data.Train,
            ValidationImages = data.Validation,
            TestImages = data.Test,
            Phases = [.. plan.Phases.Select(Phase)],
            Memory = PrecisionNeeds.DeviceOf(spec) == DeviceChoice.Cuda ? memory.PlannedOnGpu(devices.RunMemory) : memory.Planned(devices.RunMemory),
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
