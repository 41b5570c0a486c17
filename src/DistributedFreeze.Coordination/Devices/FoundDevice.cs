namespace DistributedFreeze.Coordination.Devices;

/// <summary>A device of this process.</summary>
/// <param name="Name">Its name, such as <c>cuda:0</c> or <c>cpu:3</c>.</param>
/// <param name="Model">What it is.</param>
/// <param name="MemoryBytes">Its own memory; 0 where nobody knows, or for a slot of the processor.</param>
public sealed record FoundDevice(string Name, string Model, long MemoryBytes);
