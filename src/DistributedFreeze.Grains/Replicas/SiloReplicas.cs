using System.Collections.Concurrent;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Replicas;

/// <summary>The replicas of this silo, one per device, as long as it is up.</summary>
/// <remarks>
/// Thread-safe. They outlive the activations of their grains: the loss of another silo may end an activation here, since it was that silo's
/// part of the directory that knew it, and no weight may go with it.
/// </remarks>
internal sealed class SiloReplicas(IComputeBackend backend) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, IDeviceReplica> _replicas = new(StringComparer.Ordinal);

    /// <summary>The replica on a device; it is prepared by the first run that gets it.</summary>
    /// <param name="device">Id of a device of this silo.</param>
    public IDeviceReplica On(string device) => _replicas.GetOrAdd(device, id => backend.ReplicaOn(DeviceId.Name(id)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas.Values)
        {
            await replica.DisposeAsync();
        }
    }
}
