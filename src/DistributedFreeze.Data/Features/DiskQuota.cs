namespace DistributedFreeze.Data.Features;

/// <summary>Room for features in a cache folder, made by removing sets that nobody uses, the least recently used first.</summary>
/// <remarks>
/// What is there is counted when a share of the quota is taken, and not for every record. The sets of one store never exceed the
/// quota; each further store that writes at the same time may exceed it by a share, 1/256 of it and at most 64 MiB. Thread-safe.
/// </remarks>
/// <param name="root">The cache folder.</param>
/// <param name="locks">The store's.</param>
/// <param name="bytes">The quota.</param>
/// <param name="counts">Is told what was removed.</param>
internal sealed class DiskQuota(string root, FolderLocks locks, long bytes, CacheCounts counts)
{
    private const long MostShare = 64 << 20;

    private readonly Lock _gate = new();
    private long _share; // taken and not yet used
    private long _writing; // used, and perhaps not yet in the files

    /// <summary>Takes room for what is written next.</summary>
    /// <returns>
    /// What is to be disposed once it is in the files, or never will be; null where there is no room, even without the sets that nobody uses.
    /// </returns>
    /// <exception cref="IOException">The folder cannot be read, or a set not removed.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public Room? TryTake(long wanted)
    {
        lock (_gate)
        {
            if (wanted > _share && !TryShare(wanted))
            {
                return null;
            }

            _share -= wanted;
            _writing += wanted;
            return new(this, wanted);
        }
    }

    private void Done(long taken)
    {
        lock (_gate)
        {
            _writing -= taken;
        }
    }

    private bool TryShare(long wanted)
    {
        var sets = SetFolder.All(root).ToList();
        var free = bytes - _writing - sets.Sum(set => set.Bytes());
        if (wanted > free && wanted <= bytes)
        {
            free += MakeRoom(sets, wanted - free);
        }

        _share = Math.Min(free, Math.Max(wanted, Math.Min(bytes / 256, MostShare)));
        return wanted <= _share;
    }

    private long MakeRoom(List<SetFolder> sets, long missing)
    {
        var freed = 0L;
        foreach (var set in sets.Where(set => SetDescription.Read(set) is not null).OrderBy(set => File.GetLastWriteTimeUtc(set.Description)))
        {
            if (freed >= missing)
            {
                break;
            }

            if (SetRemoval.TryRemove(set, locks, out var removed))
            {
                counts.EvictedFromDisk();
            }

            freed += removed;
        }

        return freed;
    }

    /// <summary>Room that was taken and is being written.</summary>
    internal sealed class Room(DiskQuota quota, long bytes) : IDisposable
    {
        /// <summary>Says that it is in the files, or never will be; to be called once.</summary>
        public void Dispose() => quota.Done(bytes);
    }
}
