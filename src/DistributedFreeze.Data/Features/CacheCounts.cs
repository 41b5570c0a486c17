namespace DistributedFreeze.Data.Features;

/// <summary>What a store's features were good for since it was made.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class CacheCounts
{
    private long _hits;
    private long _misses;
    private long _refusals;
    private long _memoryEvictions;
    private long _diskEvictions;
    private long _memoryDamages;
    private long _diskDamages;

    /// <summary>Images whose features were read.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Images whose features were not there and had to be computed.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Images whose features were computed and found no room.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    /// <summary>Sets whose memory was given to others.</summary>
    public long MemoryEvictions => Volatile.Read(ref _memoryEvictions);

    /// <summary>Sets that were removed from disk to make room.</summary>
    public long DiskEvictions => Volatile.Read(ref _diskEvictions);

    /// <summary>Records that were found damaged in memory: other bytes than were kept.</summary>
    public long MemoryDamages => Volatile.Read(ref _memoryDamages);

    /// <summary>Records that were found damaged on disk, or could not be read there.</summary>
    public long DiskDamages => Volatile.Read(ref _diskDamages);

    internal void Hit() => Interlocked.Increment(ref _hits);

    internal void Missed(int images) => Interlocked.Add(ref _misses, images);

    internal void Refused() => Interlocked.Increment(ref _refusals);

    internal void EvictedFromMemory() => Interlocked.Increment(ref _memoryEvictions);

    internal void EvictedFromDisk() => Interlocked.Increment(ref _diskEvictions);

    internal void DamagedInMemory() => Interlocked.Increment(ref _memoryDamages);

    internal void DamagedOnDisk() => Interlocked.Increment(ref _diskDamages);
}
