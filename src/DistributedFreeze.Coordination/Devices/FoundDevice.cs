namespace DistributedFreeze.Coordination.Devices;

/// <summary>A device of this process.</summary>
/// <param name="Name">Its name, such as <c>cuda:0</c> or <c>cpu:3</c>.</param>
/// <param name="Model">What it is.</param>
/// <param name="MemoryBytes">Its own memory; 0 where nobody knows, or for a slot of the processor.</param>
public sealed record FoundDevice(string Name, string Model, long MemoryBytes)
{
    /// <summary>A GPU's compute capability, such as <c>9.0</c>, or the processor's vector instructions, such as <c>x64-avx512-bf16</c>; null where nobody knows.</summary>
    public string? Capability { get; init; }

    /// <summary>The version of a GPU's driver, and the newest CUDA that it runs; null for a slot of the processor, and where nobody knows.</summary>
    public string? Driver { get; init; }

    /// <summary>The libraries that compute on it, with their versions; null where nobody knows.</summary>
    public string? Libraries { get; init; }
}
