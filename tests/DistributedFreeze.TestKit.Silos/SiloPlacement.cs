namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>Where a silo runs.</summary>
/// <param name="Network">Name of its network namespace; null takes this process's own.</param>
/// <param name="Settings">What it has to know for that.</param>
/// <param name="Environment">Variables of its environment.</param>
internal sealed record SiloPlacement(string? Network, string[] Settings, IReadOnlyDictionary<string, string> Environment);
