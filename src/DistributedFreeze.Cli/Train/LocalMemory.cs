using DistributedFreeze.Data;
using DistributedFreeze.Data.Memory;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>What a run needs of this machine's memory.</summary>
internal sealed class LocalMemory
{
    private const string Here = "this machine";

    private readonly RunMemory _memory;
    private readonly bool _onGpu;

    /// <param name="plan">The run's plan; without a data folder, nothing that would be kept of images counts.</param>
    /// <exception cref="InvalidInputException">No array could hold its vectors.</exception>
    public LocalMemory(RunPlan plan) => (_memory, _onGpu) = (MemoryEstimate.Of(plan, Images(plan.Spec)).Memory, IsOnGpu(plan.Spec));

    /// <summary>For people and programs.</summary>
    public PlannedMemory Planned => _onGpu ? _memory.PlannedOnGpu(Available) : _memory.Planned(Available);

    /// <summary>Why this machine cannot hold it; null where it can.</summary>
    public Problem? Problem => Check(OfHost(_memory, _onGpu));

    private static long Available => MemoryLimit.Of(RunHost.Current);

    /// <summary>Refuses a run before anything starts; what else is wrong with its folder is for others to say.</summary>
    /// <param name="spec">A valid run.</param>
    /// <exception cref="InvalidInputException">This machine cannot hold one replica.</exception>
    public static void Require(RunSpec spec)
    {
        if (!DataOutline.Exists(spec.Data.Path) || MemoryEstimate.Of(spec) is not { } estimate || Check(OfHost(estimate.Memory, IsOnGpu(spec))) is null)
        {
            return;
        }

        if (Check(OfHost(estimate.WithCountedImages().Memory, IsOnGpu(spec))) is { } problem)
        {
            throw new InvalidInputException([problem]);
        }
    }

    private static Problem? Check(RunMemory memory) => MemoryLimit.Check(memory, memory.BytesWithFeatures, Available, Here);

    private static RunMemory OfHost(RunMemory memory, bool onGpu) => onGpu ? memory.BesideGpu : memory;

    /// <summary>Where a run takes what there is, that may be the processor.</summary>
    private static bool IsOnGpu(RunSpec spec) => PrecisionNeeds.DeviceOf(spec) == DeviceChoice.Cuda;

    private static RunImages Images(RunSpec spec)
    {
        try
        {
            return spec.Data.Path.Length > 0 && DataOutline.Exists(spec.Data.Path)
                ? RunImages.Of(DataOutline.Read(spec.Data, spec.Seed))
                : RunImages.Uncounted;
        }
        catch (InvalidInputException)
        {
            return RunImages.Uncounted; // a plan needs no image
        }
    }
}
