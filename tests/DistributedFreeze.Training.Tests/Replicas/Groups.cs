using System.Collections.Immutable;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Groups of replicas in one process.</summary>
internal static class Groups
{
    /// <summary>A group of one.</summary>
    public static GroupOrder Of(ImmutableArray<int> shards) => new() { Generation = 1, Member = 0, Members = [new("here", null, shards)], Key = [] };
}
