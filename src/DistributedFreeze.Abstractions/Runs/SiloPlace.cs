namespace DistributedFreeze.Runs;

/// <summary>Where a silo runs.</summary>
/// <param name="Address">Its address and generation, as in the ids of its devices.</param>
/// <param name="Host">Name of its host; null where nobody knows it.</param>
[GenerateSerializer, Immutable, Alias("df.silo-place")]
public sealed record SiloPlace([property: Id(0)] string Address, [property: Id(1)] string? Host);
