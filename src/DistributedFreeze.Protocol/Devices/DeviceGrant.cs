using System.Collections.Immutable;

namespace DistributedFreeze.Devices;

/// <summary>The devices that a run shall have from its next window on: ones it holds and is not granted are to be given back.</summary>
[GenerateSerializer, Immutable, Alias("df.device-grant")]
public sealed record DeviceGrant
{
    /// <summary>The devices; empty while the run waits in the queue.</summary>
    [Id(0)] public required ImmutableArray<DeviceInfo> Devices { get; init; }

    /// <summary>Place in the queue, from 1; 0 for a run that has devices.</summary>
    [Id(1)] public int QueuePosition { get; init; }

    /// <summary>True where the scheduler has only just come up and knows too little to say: the run keeps what it has.</summary>
    [Id(2)] public bool IsUnknown { get; init; }

    /// <summary>What a run that waits waits for, where that is not only its turn; null where it is.</summary>
    [Id(3)] public string? Reason { get; init; }
}
