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

    /// <summary>A GPU's compute capability, such as <c>9.0</c>, or the processor's vector instructions, such as <c>x64-avx512-bf16</c>; null where its silo doesn't say.</summary>
    [Id(6)] public string? Capability { get; init; }

    /// <summary>The version of a GPU's driver and the newest CUDA that it runs, such as <c>570.86.15, CUDA 12.8</c>; null for the processor, and where its silo doesn't say.</summary>
    [Id(7)] public string? Driver { get; init; }

    /// <summary>The libraries that compute on it, such as <c>libtorch 2.10.0, CUDA 12.8, cuDNN 91.0</c>; null where its silo doesn't say.</summary>
    [Id(8)] public string? Libraries { get; init; }
}
