using System.Collections.Immutable;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>In which order a group's members take their numbers, and so their shards.</summary>
internal static class HandleOrder
{
    /// <summary>Members first, silo by silo: who stays keeps most of its shards, and a silo's shards are neighbours.</summary>
    /// <param name="members">The group so far.</param>
    /// <param name="granted">The handles that may be used.</param>
    /// <param name="most">Members at most: more than shards would have nothing to do.</param>
    public static ImmutableArray<ReplicaHandle> Of(ImmutableArray<ReplicaHandle> members, ImmutableArray<ReplicaHandle> granted, int most)
    {
        var usable = granted.ToHashSet();
        var stay = members.Where(usable.Contains).ToList();
        return
        [
            .. stay.Concat(granted.Except(stay))
                .GroupBy(handle => handle.Silo, StringComparer.Ordinal)
                .SelectMany(silo => silo)
                .Take(most),
        ];
    }
}
