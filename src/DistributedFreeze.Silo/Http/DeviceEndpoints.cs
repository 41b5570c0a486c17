using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains;

namespace DistributedFreeze.Silo.Http;

/// <summary>The cluster's devices, and the runs that wait for them.</summary>
internal static class DeviceEndpoints
{
    public static void MapDevices(this IEndpointRouteBuilder api)
    {
        var devices = api.MapGroup("").WithTags(ApiTags.Devices);
        devices.MapGet("/devices", DevicesAsync).WithName("devices").WithSummary("Every device of the cluster, and what it is doing.");
        devices.MapGet("/queue", QueueAsync).WithName("queue").WithSummary("Ids of the runs that wait for devices, the next one first.");
    }

    private static Task<ImmutableArray<DeviceStatus>> DevicesAsync(IGrainFactory grains) => grains.GetGrain<ISchedulerGrain>(0).ListDevicesAsync();

    private static Task<ImmutableArray<string>> QueueAsync(IGrainFactory grains) => grains.GetGrain<ISchedulerGrain>(0).ListQueueAsync();
}
