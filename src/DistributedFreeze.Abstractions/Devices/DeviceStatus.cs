namespace DistributedFreeze.Devices;

/// <summary>A device and what it is doing.</summary>
[GenerateSerializer, Immutable, Alias("df.device-status")]
public sealed record DeviceStatus
{
    /// <summary>The device.</summary>
    [Id(0)] public required DeviceInfo Device { get; init; }

    /// <summary>What it is doing.</summary>
    [Id(1)] public required DeviceState State { get; init; }

    /// <summary>The run that owns its replica; null where none does.</summary>
    [Id(2)] public string? RunId { get; init; }

    /// <summary>Why it was put aside; null where it wasn't.</summary>
    [Id(3)] public string? Reason { get; init; }
}
