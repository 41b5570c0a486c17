using System.Collections.Immutable;
using DistributedFreeze.Data.Memory;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Whether the cluster has a silo with the memory that a run needs.</summary>
/// <remarks>Thread-safe. All silos are taken to be alike but for the memory that they lend.</remarks>
internal sealed class MemoryAdmission(DeviceOptions options, SiloDevices own, IGrainFactory grains, TimeProvider time)
{
    /// <summary>How long a submission waits for its images to be counted; without their number more is taken to be needed.</summary>
    private static readonly TimeSpan CountingTimeout = TimeSpan.FromSeconds(5);

    /// <summary>What a run's replicas need.</summary>
    /// <param name="spec">The run, with full paths; its data folder is there.</param>
    /// <returns>Null where its classes cannot be counted: why shows when it starts.</returns>
    /// <exception cref="InvalidInputException">No silo could hold one replica, or all of them together the fewest that it starts with.</exception>
    public async Task<MemoryNeed?> RequireAsync(RunSpec spec)
    {
        ImmutableArray<DeviceInfo> devices = [.. (await DevicesAsync()).Where(device => PrecisionNeeds.DeviceOf(spec).Allows(DeviceId.Name(device.Id)))];
        if (await Task.Run(() => MemoryEstimate.Of(WithinBudget(spec))) is not { } estimate) // a share that hangs holds up this run alone
        {
            return null;
        }

        var need = await NeedAsync(estimate, devices);
        var most = devices.GroupBy(device => DeviceId.Silo(device.Id), StringComparer.Ordinal).Sum(silo => SiloMemoryBudget.Capacity(need, [.. silo]));
        return most >= spec.MinReplicas || devices.Length < spec.MinReplicas ? need : throw new InvalidInputException(
            "min_replicas", $"is {spec.MinReplicas}, but there is memory for {most} replicas of this run at most; give less here, or a run that needs less");
    }

    private async Task<MemoryNeed> NeedAsync(MemoryEstimate estimate, ImmutableArray<DeviceInfo> devices)
    {
        var counting = Task.Run(estimate.WithCountedImages);
        var need = NeedOf(estimate.Memory);
        if (devices.Any(need.Fits))
        {
            try
            {
                return NeedOf((await counting.WaitAsync(CountingTimeout, time)).Memory);
            }
            catch (Exception uncounted) when (uncounted is TimeoutException or InvalidInputException)
            {
                return need; // what is wrong with the folder shows when the run starts
            }
        }

        estimate = await counting;
        need = NeedOf(estimate.Memory);
        return devices.IsEmpty || devices.Any(need.Fits) ? need : throw new InvalidInputException([Refusal(estimate.Memory, need, devices)]);
    }

    /// <summary>Why the device that comes nearest cannot hold it: none does.</summary>
    private Problem Refusal(RunMemory memory, MemoryNeed need, ImmutableArray<DeviceInfo> devices)
    {
        var where = devices.Length == own.Count ? "the silo" : "the silo that has most";
        return devices.OrderByDescending(device => device.RunMemoryBytes)
            .Select(device => MemoryLimit.Check(device.MemoryBytes > 0 ? memory.BesideGpu : memory, need.FirstOn(device), device.RunMemoryBytes is > 0 and var lent ? lent : long.MaxValue, where)
                ?? MemoryLimit.Check(memory.WithinGpu, device.MemoryBytes > 0 ? need.Gpu : 0, device.MemoryBytes, "its GPU"))
            .First(problem => problem is not null)!;
    }

    /// <summary>Every device of the cluster; of this silo where the scheduler has not heard of any yet, or does not answer.</summary>
    private async Task<ImmutableArray<DeviceInfo>> DevicesAsync()
    {
        try
        {
            var known = await grains.GetGrain<ISchedulerGrain>(0).ListDevicesAsync();
            return known.IsEmpty ? own.All : [.. known.Select(status => status.Device)];
        }
        catch (Exception reason) when (CallFailure.Is(reason))
        {
            return own.All;
        }
    }

    private MemoryNeed NeedOf(RunMemory memory) => new()
    {
        First = options.FeaturesAreRuns ? memory.BytesWithFeatures : memory.Bytes,
        Another = memory.BytesOfAnother,
        FirstBesideGpu = options.FeaturesAreRuns ? memory.HostBytesWithFeatures : memory.HostBytes,
        Gpu = memory.DeviceBytes,
        AnotherBesideGpu = memory.BesideGpu.BytesOfAnother,
    };

    private RunSpec WithinBudget(RunSpec spec) => spec with
    {
        Features = spec.Features with { MemoryBytes = Math.Min(spec.Features.MemoryBytes ?? long.MaxValue, options.FeatureMemory) },
    };
}
