using DistributedFreeze.Devices;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Puts a grain on the silo that owns the device in its key.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OnDevicesSiloAttribute() : PlacementAttribute(new OnDevicesSilo());

/// <summary>The strategy of <see cref="OnDevicesSiloAttribute"/>.</summary>
[Serializable]
internal sealed class OnDevicesSilo : PlacementStrategy;

/// <summary>Finds the silo of a device; a silo that has left, or come back with another generation, has no devices any more.</summary>
internal sealed class OnDevicesSiloDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var id = target.GrainIdentity.Key.ToString()!;
        var owner = SiloAddress.FromParsableString(DeviceId.Silo(id));
        return context.GetCompatibleSilos(target).Contains(owner)
            ? Task.FromResult(owner)
            : throw new SiloUnavailableException($"The silo of device {id} is not in the cluster any more.");
    }
}
