using System.ComponentModel.DataAnnotations;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Which devices a silo lends to runs.</summary>
public sealed record DeviceOptions
{
    /// <summary>Slots of the processor, one replica each, 0 to 1,024; null takes one per processor where there is no GPU, else none.</summary>
    [Range(0, 1_024)]
    public int? CpuSlots { get; init; }

    /// <summary>Whether there are slots of the processor beside GPUs. Default: true, as many as were asked for.</summary>
    public bool SlotsBesideGpus { get; init; } = true;

    /// <summary>Where the silo's exchange listens, <c>HOST:PORT</c>; null where it takes part in none.</summary>
    public string? ExchangeAddress { get; init; }
}
