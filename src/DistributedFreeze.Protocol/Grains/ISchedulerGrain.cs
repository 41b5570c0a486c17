using System.Collections.Immutable;
using DistributedFreeze.Devices;
using Orleans.Concurrency;

namespace DistributedFreeze.Grains;

/// <summary>Divides the cluster's devices among its runs; there is one, with key 0.</summary>
/// <remarks>
/// It stores nothing: silos report their devices, runs with devices repeat their claims, and those that wait are asked for theirs, so one that comes
/// up after a loss has learned all within seconds, and grants nothing it has not heard of before.
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
    Task<DeviceGrant> ClaimAsync(DeviceRequest claim, DeviceGrant? known);

    /// <summary>Claims devices for a run that has none, or repeats such a claim, which is needed but once a minute.</summary>
    /// <param name="claim">What the run wants.</param>
    /// <returns>What it is granted at once. Where that is nothing it waits, and <see cref="IRunGrain.TurnAsync"/> tells it when its turn has come.</returns>
    [Alias("enqueue"), AlwaysInterleave]
    Task<DeviceGrant> EnqueueAsync(DeviceRequest claim);

    /// <summary>A run's place among those that wait, from 1; 0 for one that does not.</summary>
    [Alias("position"), AlwaysInterleave]
    Task<int> PositionAsync(string runId);

    /// <summary>A run's place among those that wait, and what it waits for.</summary>
    [Alias("standing"), AlwaysInterleave]
    Task<QueueStanding> StandingAsync(string runId);

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
