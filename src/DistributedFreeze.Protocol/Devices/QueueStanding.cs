namespace DistributedFreeze.Devices;

/// <summary>Where a run stands in the queue.</summary>
/// <param name="Position">Its place, from 1; 0 for one that does not wait.</param>
/// <param name="Reason">What it waits for, where that is not only its turn; null where it is.</param>
[GenerateSerializer, Immutable, Alias("df.queue-standing")]
public sealed record QueueStanding([property: Id(0)] int Position, [property: Id(1)] string? Reason);
