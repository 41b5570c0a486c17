using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Replicas;

/// <summary>The exchange of a group in one phase, as one of its replicas sees it.</summary>
internal static class GroupExchange
{
    /// <param name="runId">The run.</param>
    /// <param name="phase">The phase, from 0.</param>
    /// <param name="shards">Shards of the run.</param>
    /// <param name="type">Number type between silos.</param>
    /// <param name="group">The group, and the replica's place in it.</param>
    /// <returns>The plan, and the replica's number among those of its silo.</returns>
    /// <exception cref="ReplicaLostException">The group spans silos, and one of them listens nowhere.</exception>
    public static (ProcessGroup Plan, int Member) Of(string runId, int phase, int shards, ExchangeType type, GroupOrder group)
    {
        var own = group.Members[group.Member].Silo;
        var silos = group.Members.Select(member => member.Silo).Distinct(StringComparer.Ordinal).ToList();
        var among = group.Members.Take(group.Member).Count(member => member.Silo == own);
        var name = $"{runId}/{phase}/{group.Generation}";
        if (silos.Count == 1)
        {
            return (ProcessGroup.OfOneHost(name, shards, group.Members.Length), among);
        }

        ImmutableArray<ExchangeHost> hosts =
        [
            .. silos.Select(silo => group.Members.Where(member => member.Silo == silo).ToList()).Select(members => new ExchangeHost(
                members[0].ExchangeAddress ?? throw new ReplicaLostException($"The silo {members[0].Silo} takes part in no exchange.") { IsUnreachable = true },
                members.Count)),
        ];
        return (
            new()
            {
                Name = name,
                Key = group.Key,
                Shards = shards,
                Host = silos.IndexOf(own),
                Hosts = hosts,
                Wire = type,
            },
            among);
    }
}
