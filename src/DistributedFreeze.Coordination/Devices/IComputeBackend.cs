using System.Collections.Immutable;

namespace DistributedFreeze.Coordination.Devices;

/// <summary>What computes on the devices of this process. Thread-safe.</summary>
public interface IComputeBackend
{
    /// <summary>Finds what this process can compute on.</summary>
    /// <param name="cpuSlots">Slots of the processor, at least 0; null takes one per processor where there is no GPU, else none.</param>
    ImmutableArray<FoundDevice> Find(int? cpuSlots);

    /// <summary>Makes the replica of a device; nothing is loaded before a run prepares it.</summary>
    /// <param name="device">The device's name within this process, such as <c>cuda:0</c>.</param>
    /// <returns>The caller's to dispose of. Replicas of one run share what it is computed with.</returns>
    IDeviceReplica ReplicaOn(string device);

    /// <summary>Lets a device compute something small, to tell one that is broken from one on which something else went wrong, such as too little memory.</summary>
    /// <param name="device">The device's name within this process.</param>
    /// <returns>Why it cannot; null where it can.</returns>
    Task<string?> FailureAsync(string device);
}
