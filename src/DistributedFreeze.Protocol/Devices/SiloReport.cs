using System.Collections.Immutable;

namespace DistributedFreeze.Devices;

/// <summary>What a silo says of its devices, every few seconds.</summary>
[GenerateSerializer, Immutable, Alias("df.silo-report")]
public sealed record SiloReport
{
    /// <summary>The silo's address, as <c>SiloAddress.ToParsableString()</c> writes it.</summary>
    [Id(0)] public required string Silo { get; init; }

    /// <summary>Its devices, with the run that each is busy with, or the reason that it was put aside for.</summary>
    [Id(1)] public required ImmutableArray<DeviceStatus> Devices { get; init; }

    /// <summary>True once the silo is about to leave: its devices are to be given back.</summary>
    [Id(2)] public bool Leaving { get; init; }
}
