namespace DistributedFreeze.Devices;

/// <summary>A device, as its silo describes it: a GPU, or a slot of the processor.</summary>
[GenerateSerializer, Immutable, Alias("df.device-info")]
public sealed record DeviceInfo
{
    /// <summary>Its id in the cluster, <c>SILO/NAME</c>; see <see cref="DeviceId"/>.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>What it is, such as <c>NVIDIA H100 80GB HBM3</c> or <c>cpu</c>.</summary>
    [Id(1)] public required string Model { get; init; }

    /// <summary>Its memory in bytes; 0 for a slot of the processor, which shares the host's.</summary>
    [Id(2)] public long MemoryBytes { get; init; }

    /// <summary>Name of the silo's host.</summary>
    [Id(3)] public required string Host { get; init; }

    /// <summary>Where the silo's exchange listens, <c>HOST:PORT</c>; null where it takes part in none.</summary>
    [Id(4)] public string? ExchangeAddress { get; init; }

    /// <summary>Bytes of the host's memory that the replicas of all runs may take together on its silo; 0 where the silo doesn't say.</summary>
    [Id(5)] public long RunMemoryBytes { get; init; }
}
