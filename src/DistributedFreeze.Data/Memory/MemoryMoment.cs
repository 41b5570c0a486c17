using System.Collections.Immutable;

namespace DistributedFreeze.Data.Memory;

/// <summary>The memory that a run is predicted to need at one time.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="Name">When, as a phrase: <c>in phase 2</c>.</param>
/// <param name="Parts">What it is made of, the most first.</param>
public sealed record MemoryMoment(string Name, ImmutableArray<MemoryPart> Parts)
{
    /// <summary>Bytes for one replica, with what replicas of a process share.</summary>
    public long Bytes => Sum(_ => true);

    /// <summary>The same without what lies on a GPU, where the replica has one.</summary>
    public long HostBytes => Sum(part => !part.IsOnDevice);

    /// <summary>What lies there.</summary>
    public long DeviceBytes => Sum(part => part.IsOnDevice);

    /// <summary>Bytes for every further replica of the run in the same process.</summary>
    public long BytesOfAnother => Sum(part => !part.IsShared);

    /// <summary>The field that makes the most of it, how much, and what for in the first place; null where no field does.</summary>
    public (string Field, long Bytes, string What)? Greatest => Parts
        .Where(part => part.Field is not null)
        .GroupBy(part => part.Field!, StringComparer.Ordinal)
        .Select(group => ((string, long, string)?)(group.Key, ByteCount.Sum(group.Select(part => part.Bytes)), group.MaxBy(part => part.Bytes)!.What))
        .MaxBy(group => group!.Value.Item2);

    /// <summary>Some of its parts.</summary>
    internal MemoryMoment Only(Func<MemoryPart, bool> isWanted) => this with { Parts = [.. Parts.Where(isWanted)] };

    private long Sum(Func<MemoryPart, bool> counts) => ByteCount.Sum(Parts.Where(counts).Select(part => part.Bytes));
}
