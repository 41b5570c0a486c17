namespace DistributedFreeze.Data.Memory;

/// <summary>Part of the memory that a run is predicted to need.</summary>
/// <param name="What">What it holds, as a phrase: <c>gradients of the head</c>.</param>
/// <param name="Bytes">How much, at least 0; what 64 bits do not hold is the most that they do.</param>
/// <param name="Field">The field of a run file that makes it; null where none does.</param>
/// <param name="IsShared">Whether the replicas of one process have it together; else each has its own.</param>
/// <param name="IsOnDevice">Whether it lies on the replica's device where that is a GPU; else it is the host's in any case.</param>
public sealed record MemoryPart(string What, long Bytes, string? Field, bool IsShared, bool IsOnDevice);
