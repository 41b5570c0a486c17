using DistributedFreeze.Replicas;

namespace DistributedFreeze.Coordination.Devices;

/// <summary>The replica of one device of this process, which runs have one after another.</summary>
public interface IDeviceReplica : IReplica, IAsyncDisposable
{
    /// <summary>The run that owns it; null where none does. Thread-safe.</summary>
    string? RunId { get; }
}
