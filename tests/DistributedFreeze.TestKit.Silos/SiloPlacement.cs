namespace DistributedFreeze.TestKit.Silos;

/// <summary>Where a silo runs.</summary>
/// <param name="Network">Name of its network namespace; null takes this process's own.</param>
/// <param name="Settings">What it has to know for that.</param>
/// <param name="Environment">Variables of its environment.</param>
public sealed record SiloPlacement(string? Network, string[] Settings, IReadOnlyDictionary<string, string> Environment);
