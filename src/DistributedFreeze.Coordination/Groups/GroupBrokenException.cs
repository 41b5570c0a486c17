using System.Collections.Immutable;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>A group that could not do what it was asked, because members were lost or the exchange broke.</summary>
/// <param name="message">What happened, for the person who reads the run's events.</param>
/// <param name="lost">The replicas that were lost; empty where all still answer.</param>
internal sealed class GroupBrokenException(string message, ImmutableArray<(ReplicaHandle Handle, ReplicaLostException Reason)> lost) : Exception(message)
{
    public ImmutableArray<(ReplicaHandle Handle, ReplicaLostException Reason)> Lost { get; } = lost;
}
