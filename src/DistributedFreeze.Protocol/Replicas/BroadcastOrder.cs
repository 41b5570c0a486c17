using DistributedFreeze.Runs;

namespace DistributedFreeze.Replicas;

/// <summary>Asks every member of a group to take part when one of them broadcasts the run's state.</summary>
/// <param name="Progress">Where the run stands: whose state is that one keeps it, and whoever holds another takes it over.</param>
/// <param name="Root">Number of the member that sends.</param>
/// <param name="Generation">The group that the order is for.</param>
[GenerateSerializer, Immutable, Alias("df.broadcast-order")]
public sealed record BroadcastOrder([property: Id(0)] RunProgress Progress, [property: Id(1)] int Root, [property: Id(2)] int Generation = 0);
