using System.Collections.Immutable;
using DistributedFreeze.Devices;
using Orleans.Concurrency;

namespace DistributedFreeze.Grains;

/// <summary>Divides the cluster's devices among its runs; there is one, with key 0.</summary>
/// <remarks>
/// It stores nothing: silos report their devices and runs repeat their claims, so one that comes up after a loss has learned all within
/// seconds, and grants nothing it has not heard of before.
/// </remarks>
[Alias("df.scheduler")]
public interface ISchedulerGrain : IGrainWithIntegerKey
{
    /// <summary>Takes a silo's report.</summary>
    [Alias("report"), AlwaysInterleave]
    Task ReportAsync(SiloReport report);

    /// <summary>Claims devices for a run, or repeats a claim.</summary>
    /// <param name="claim">What the run wants and holds.</param>
    /// <param name="known">The grant that the run knows of; null for none.</param>
    /// <returns>The grant: at once where it differs from <paramref name="known"/>, otherwise when it changes or after a few seconds.</returns>
    [Alias("claim"), AlwaysInterleave]
    Task<DeviceGrant> ClaimAsync(DeviceClaim claim, DeviceGrant? known);

    /// <summary>Ends a run's claim; its devices are free.</summary>
    [Alias("release"), AlwaysInterleave]
    Task ReleaseAsync(string runId);

    /// <summary>Every device of the cluster.</summary>
    [Alias("devices"), AlwaysInterleave]
    Task<ImmutableArray<DeviceStatus>> ListDevicesAsync();

    /// <summary>Ids of the runs that wait for devices, the next one first.</summary>
    [Alias("queue"), AlwaysInterleave]
    Task<ImmutableArray<string>> ListQueueAsync();
}
