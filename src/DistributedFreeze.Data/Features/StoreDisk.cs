namespace DistributedFreeze.Data.Features;

/// <summary>A store's folder: its locks, its room, and whether it still is written. Thread-safe.</summary>
/// <remarks>
/// Room is made by removing sets that nobody uses, the least recently used first. What is there is counted when a share of the quota is
/// taken, and not for every record. The sets of one store never exceed the quota; each further store that writes at the same time may
/// exceed it by a share, 1/256 of it and at most 64 MiB.
/// </remarks>
internal sealed class StoreDisk : IDisposable
{
    private const long MostShare = 64 << 20;

    private readonly Lock _gate = new();
    private readonly long _quota;
    private long _share; // taken and not yet used
    private long _writing; // used, and perhaps not yet in the files
    private string? _problem;

    /// <exception cref="IOException">The folder cannot be written, or another store has it and the system can't share it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public StoreDisk(string root, long quota, TimeProvider time, CacheCounts counts)
    {
        (Root, _quota, Time, Counts) = (root, quota, time, counts);
        Directory.CreateDirectory(root);
        Locks = new(root);
    }

    public string Root { get; }

    public FolderLocks Locks { get; }

    /// <summary>Tells when a set was last used.</summary>
    public TimeProvider Time { get; }

    public CacheCounts Counts { get; }

    /// <summary>Why nothing more is written; null while all is well.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    public static string ProblemOf(string root, Exception reason) => $"{root} is not written to any more: {reason.Message.TrimEnd('.')}";

    /// <summary>Ends writing for good; the first reason is the one that is told.</summary>
    public void Fail(Exception reason) => Interlocked.CompareExchange(ref _problem, ProblemOf(Root, reason), null);

    /// <summary>Does something in the folder, which ends writing where it fails.</summary>
    public void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
        }
    }

    /// <returns>Bytes of all sets in the folder; 0 where it cannot be read.</returns>
    public long CountBytes()
    {
        try
        {
            return SetFolder.All(Root).Sum(set => set.Bytes());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // writing finds it out, and says so
        }
    }

    /// <summary>Takes room for what is written next.</summary>
    /// <returns>
    /// What is to be disposed, once, when it is in the files or never will be; null where there is no room, even without the sets that nobody uses.
    /// </returns>
    /// <exception cref="IOException">The folder cannot be read, or a set not removed.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public IDisposable? TryTake(long bytes)
    {
        lock (_gate)
        {
            if (bytes > _share && !TryShare(bytes))
            {
                return null;
            }

            _share -= bytes;
            _writing += bytes;
            return new Room(this, bytes);
        }
    }

    public void Dispose() => Locks.Dispose();

    private bool TryShare(long wanted)
    {
        var sets = SetFolder.All(Root).ToList();
        var free = _quota - _writing - sets.Sum(set => set.Bytes());
        if (wanted > free && wanted <= _quota)
        {
            free += MakeRoom(sets, wanted - free);
        }

        _share = Math.Min(free, Math.Max(wanted, Math.Min(_quota / 256, MostShare)));
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

            if (set.TryRemove(Locks, out var removed))
            {
                Counts.EvictedFromDisk();
            }

            freed += removed;
        }

        return freed;
    }

    private sealed class Room(StoreDisk disk, long bytes) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
            {
                disk._writing -= bytes;
            }
        }
    }
}
