using System.Collections.Immutable;

namespace DistributedFreeze.Replicas;

/// <summary>Asks a replica to take its place among others: who they are, and which shards each computes.</summary>
[GenerateSerializer, Immutable, Alias("df.group-order")]
public sealed record GroupOrder
{
    /// <summary>Number of the group within its run, from 1; a replica refuses orders of a lower one.</summary>
    [Id(0)] public required int Generation { get; init; }

    /// <summary>This replica's number, from 0.</summary>
    [Id(1)] public required int Member { get; init; }

    /// <summary>All replicas, by number.</summary>
    [Id(2)] public required ImmutableArray<GroupMember> Members { get; init; }

    /// <summary>32 random bytes, the secret by which the silos of this group authenticate one another in the exchange.</summary>
    [Id(3)] public required ImmutableArray<byte> Key { get; init; }
}

/// <summary>One replica of a group.</summary>
/// <param name="Silo">Its silo; members with the same one share memory.</param>
/// <param name="ExchangeAddress">Where that silo's exchange listens, <c>HOST:PORT</c>; null where it listens nowhere.</param>
/// <param name="Shards">The shards it computes, ascending.</param>
[GenerateSerializer, Immutable, Alias("df.group-member")]
public sealed record GroupMember(
    [property: Id(0)] string Silo,
    [property: Id(1)] string? ExchangeAddress,
    [property: Id(2)] ImmutableArray<int> Shards);
