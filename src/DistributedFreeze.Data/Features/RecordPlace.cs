namespace DistributedFreeze.Data.Features;

/// <summary>Where a record is: in memory, on disk, or both.</summary>
internal readonly record struct RecordPlace
{
    /// <summary>The memory that holds it; null for none.</summary>
    public MemoryChunk? Chunk { get; init; }

    /// <summary>Its number in the chunk.</summary>
    public int Record { get; init; }

    /// <summary>The checksum of its bytes on disk. Two places with the same one hold the same record.</summary>
    public ulong Checksum { get; init; }

    /// <summary>Whether it is on disk: the members below mean something then.</summary>
    public bool OnDisk { get; init; }

    /// <summary>Number of the segment.</summary>
    public int Segment { get; init; }

    /// <summary>Its number in the segment.</summary>
    public int Slot { get; init; }
}
