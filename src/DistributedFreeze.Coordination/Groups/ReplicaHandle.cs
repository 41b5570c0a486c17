using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>A device that a run may use, and the replica on it.</summary>
/// <param name="Device">Id of the device; two handles with the same one are the same handle.</param>
/// <param name="Silo">Its silo; handles with the same one share memory.</param>
/// <param name="ExchangeAddress">Where the silo's exchange listens, <c>HOST:PORT</c>; null where it listens nowhere.</param>
/// <param name="Replica">The replica.</param>
public sealed record ReplicaHandle(string Device, string Silo, string? ExchangeAddress, IReplica Replica)
{
    /// <inheritdoc/>
    public bool Equals(ReplicaHandle? other) => Device == other?.Device;

    /// <inheritdoc/>
    public override int GetHashCode() => Device.GetHashCode(StringComparison.Ordinal);

    /// <summary>Gives back the device and all that the replica holds there.</summary>
    internal async Task GiveBackAsync()
    {
        try
        {
            await Replica.ReleaseAsync();
        }
        catch (ReplicaLostException)
        {
            // Then it holds nothing any more.
        }
    }
}
