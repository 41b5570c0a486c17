namespace DistributedFreeze.Data.Memory;

/// <summary>What of a host decides how much memory a run takes there.</summary>
/// <param name="MemoryBytes">Memory of the process, above 0: a share of it keeps pixels, and another one bounds decoding.</param>
/// <param name="Processors">Processors, at least 1: as many threads decode while the images are read for the first time.</param>
public sealed record RunHost(long MemoryBytes, int Processors)
{
    /// <summary>This one, a container's limit respected.</summary>
    public static RunHost Current => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Environment.ProcessorCount);
}
