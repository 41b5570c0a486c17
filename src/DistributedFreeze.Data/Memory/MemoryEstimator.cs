using System.Collections.Immutable;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing.Planning;

namespace DistributedFreeze.Data.Memory;

/// <summary>Predicts the memory of a run from its plan, before anything is loaded.</summary>
/// <remarks>
/// Every part names what allocates it. The estimate is on the safe side: where a run may or may not do something, such as meet the largest
/// image that it allows, it is taken to. Pure and thread-safe.
/// </remarks>
internal static class MemoryEstimator
{
    /// <summary>What malloc and the garbage collector hold besides, as a share of the rest: an eighth; measured, up to a tenth.</summary>
    private const int SlackDivisor = 8;

    /// <summary>Predicts.</summary>
    /// <param name="plan">The run's plan.</param>
    /// <param name="images">How many images there are; null for as many as need the most memory.</param>
    /// <param name="host">Where it is to run.</param>
    /// <returns>What it takes, moment by moment.</returns>
    public static RunMemory Of(RunPlan plan, RunImages? images, RunHost host)
    {
        var routes = FeatureRoute.OfPhases(Freezing.Layers.LayerTable.For(plan.Spec.Model), [.. plan.Phases.Select(phase => phase.Mask)]);
        var data = new DataMemory(plan, routes, images, host);
        var reading = Moment("while its images are read", data.WhileRead);
        var onGpu = Phases(data.InPhaseOnGpu, FeatureShapes.LargestGpuBlock).Prepend(reading);
        return new([reading, .. Phases(data.InPhase, gpuBlock: null)], data.FeatureBytes)
        {
            OnGpu = [.. onGpu],
            DeviceBytes = Phases(data.InPhaseOnGpu, FeatureShapes.BlockSize).Max(moment => moment.DeviceBytes),
        };

        IEnumerable<MemoryMoment> Phases(ImmutableArray<MemoryPart> ofData, int? gpuBlock) => plan.Phases.Select((_, phase) => Moment(
            plan.Phases.Length == 1 ? "while it trains" : $"in phase {phase + 1}",
            new PhaseMemory(plan, routes, phase, images, gpuBlock).Parts.Concat(ofData)));
    }

    private static MemoryMoment Moment(string name, IEnumerable<MemoryPart> parts) => new(name, WithSlack([.. parts.Where(part => part.Bytes > 0)]));

    private static ImmutableArray<MemoryPart> WithSlack(ImmutableArray<MemoryPart> parts)
    {
        var slack = parts.GroupBy(part => (part.IsShared, part.IsOnDevice)).Select(group => new MemoryPart(
            "what allocators hold besides", ByteCount.Sum(group.Select(part => part.Bytes)) / SlackDivisor, Field: null, group.Key.IsShared, group.Key.IsOnDevice));
        return [.. parts.Concat(slack).OrderByDescending(part => part.Bytes)];
    }
}
