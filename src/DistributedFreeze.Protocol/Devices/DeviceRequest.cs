using System.Collections.Immutable;

namespace DistributedFreeze.Devices;

/// <summary>What a run wants of the cluster's devices. A run repeats its claim as long as it lasts; one that stops claiming has released its devices.</summary>
[GenerateSerializer, Immutable, Alias("df.device-claim")]
public sealed record DeviceRequest
{
    /// <summary>The run.</summary>
    [Id(0)] public required string RunId { get; init; }

    /// <summary>Higher ones are served first; among equals the run that was submitted first.</summary>
    [Id(1)] public int Priority { get; init; }

    /// <summary>When the run was submitted.</summary>
    [Id(2)] public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>The fewest devices that it starts with, at least 1.</summary>
    [Id(3)] public int Least { get; init; } = 1;

    /// <summary>The most devices that it has work for, at least <see cref="Least"/>.</summary>
    [Id(4)] public int Most { get; init; } = 1;

    /// <summary>Ids of the devices that its replicas own now.</summary>
    [Id(5)] public ImmutableArray<string> Holding { get; init; } = [];

    /// <summary>Ids of devices that this run shall not get for now: it lost a replica there.</summary>
    [Id(6)] public ImmutableArray<string> Avoid { get; init; } = [];

    /// <summary>The silo whose coordinator claims; null where nobody says. One that the cluster has given up claims nothing any more.</summary>
    [Id(7)] public string? By { get; init; }

    /// <summary>The memory that its replicas need; null where nobody has predicted it.</summary>
    [Id(8)] public MemoryNeed? Memory { get; init; }

    /// <summary>Whose the run is: the name of a key, or a token's subject; null for nobody's.</summary>
    [Id(9)] public string? Owner { get; init; }

    /// <summary>Issuer of the owner's token; null for a key.</summary>
    [Id(10)] public string? OwnerIssuer { get; init; }

    /// <summary>Devices that all runs of the owner may hold at a time, at least 1; null for any number.</summary>
    [Id(11)] public int? OwnerDevices { get; init; }

    /// <summary>The kind of device that the run is for.</summary>
    [Id(12)] public DeviceChoice Device { get; init; }

    /// <summary>The class of the devices that the run was on last, as <see cref="DeviceClass"/> writes it, of which it wants its others: null for one that has not begun.</summary>
    [Id(13)] public string? Class { get; init; }
}
