namespace DistributedFreeze.Data.Features;

/// <summary>What all handles on one set in one store share; the store guards it.</summary>
/// <remarks>Between two users it keeps what is in memory, until another set needs the room, and lets go of its files.</remarks>
internal sealed class SharedSet(FeatureSetKey key, SegmentLayout layout, RecordMemory memory)
{
    private volatile RecordFiles? _files;

    public FeatureSetKey Key => key;

    public SegmentLayout Layout => layout;

    public RecordMemory Memory => memory;

    /// <summary>The records on disk; null where nothing is kept there, or nobody has the set open.</summary>
    public RecordFiles? Files => _files;

    /// <summary>Images that threads of this process compute.</summary>
    public ComputeLocks Computing { get; } = new();

    /// <summary>Handles on the set.</summary>
    public int Users { get; set; }

    /// <summary>Opens the files for the first user.</summary>
    public void Attach(StoreDisk? disk) => _files = disk is null ? null : RecordFiles.TryOpen(disk, key, layout);

    /// <summary>Closes the files after the last user; what is in memory stays.</summary>
    public void Detach()
    {
        _files?.Dispose();
        _files = null;
    }
}
