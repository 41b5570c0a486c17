using System.Collections.Immutable;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Exchange.Sockets;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Computes on libtorch, which is loaded once there is a device that needs it.</summary>
/// <param name="stores">The silo's cached features.</param>
/// <param name="exchanges">The silo's exchanges.</param>
public sealed class TorchBackend(FeatureStores stores, SharedExchanges exchanges) : IComputeBackend
{
    private readonly RunWorkspaces _workspaces = new(stores);

    /// <inheritdoc/>
    public ImmutableArray<FoundDevice> Find(int? cpuSlots) => DeviceDiscovery.Find(cpuSlots);

    /// <inheritdoc/>
    public IDeviceReplica ReplicaOn(string device) => new LocalReplica(_workspaces, exchanges, device);

    /// <inheritdoc/>
    public Task<string?> FailureAsync(string device) => DeviceProbe.FailureAsync(device);
}
