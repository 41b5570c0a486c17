using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>A run at a glance.</summary>
[GenerateSerializer, Immutable, Alias("df.run-status")]
public sealed record RunStatus
{
    /// <summary>The run.</summary>
    [Id(0)] public required string RunId { get; init; }

    /// <summary>Its state.</summary>
    [Id(1)] public required RunState State { get; init; }

    /// <summary>Where it stands, without the epochs that are done: <see cref="EpochsDone"/> says how many there are, and a client asks for them by themselves.</summary>
    [Id(2)] public RunProgress Progress { get; init; } = new();

    /// <summary>Why it failed or was interrupted, or what it waits for where that is not only its turn.</summary>
    [Id(3)] public string? Reason { get; init; }

    /// <summary>What it did, once it has succeeded.</summary>
    [Id(4)] public Receipt? Receipt { get; init; }

    /// <summary>What it runs, with the paths as the silo resolved them; null from a silo that does not say.</summary>
    [Id(5)] public RunSpec? Spec { get; init; }

    /// <summary>When it was submitted; null for a run of a version that did not keep it.</summary>
    [Id(6)] public DateTimeOffset? SubmittedAt { get; init; }

    /// <summary>Runs with a higher one are served first.</summary>
    [Id(7)] public int Priority { get; init; }

    /// <summary>Ids of the devices that its replicas own now.</summary>
    [Id(8)] public ImmutableArray<string> Devices { get; init; } = [];

    /// <summary>Place in the queue, from 1; 0 for a run that does not wait for devices.</summary>
    [Id(9)] public int QueuePosition { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    [Id(10)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Number of its last event; 0 for none.</summary>
    [Id(11)] public long LastEvent { get; init; }

    /// <summary>Address of the silo that coordinates it; null for a run that has ended or is paused.</summary>
    [Id(12)] public string? Coordinator { get; init; }

    /// <summary>Epochs that are done, over all phases.</summary>
    [Id(13)] public int EpochsDone { get; init; }

    /// <summary>The epoch that was done last; null before the first.</summary>
    [Id(14)] public EpochResult? LatestEpoch { get; init; }

    /// <summary>The first epoch of the lowest validation loss, or training loss where nothing is validated; null before the first.</summary>
    [Id(15)] public EpochResult? BestEpoch { get; init; }

    /// <summary>Who submitted it: the name of a key, or a token's subject. Null where nobody was asked.</summary>
    [Id(16)] public string? Owner { get; init; }

    /// <summary>Issuer of the owner's token; null for a key.</summary>
    [Id(17)] public string? OwnerIssuer { get; init; }

    /// <summary>Epochs over all phases after which it pauses by itself, as a trial of a sweep does; null where it does not.</summary>
    [Id(18)] public int? PauseAfterEpoch { get; init; }
}
