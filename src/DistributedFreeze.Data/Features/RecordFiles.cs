using System.IO.Hashing;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>The records of one open set that are on disk: those of other processes are read, one segment at a time is written. Thread-safe.</summary>
/// <remarks>
/// While it's open no one removes the set. A record that others have added is found when it is missing here. What the disk cannot do
/// is told to the store (<see cref="StoreDisk.Fail"/>) and ends its writing.
/// </remarks>
internal sealed class RecordFiles : IDisposable
{
    /// <summary>Bytes that taking a segment may add: a description, well under a page, and a header.</summary>
    private const int OverheadBytes = 2 * SegmentLayout.HeaderBytes;

    private static readonly TimeSpan LongestRemoval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(5);

    private readonly Lock _append = new(); // one record is written at a time; taken before the gate
    private readonly Lock _gate = new(); // the index and the segments
    private readonly RecordIndex _index = new();
    private readonly List<Segment?> _segments = []; // by number, without gaps; null for a file that is none of ours
    private readonly StoreDisk _disk;
    private readonly SetFolder _set;
    private readonly FeatureSetKey _key;
    private readonly SegmentLayout _layout;
    private readonly IDisposable _use;
    private string _next; // where the segment behind the last one would be
    private Segment? _appender; // the one that this store writes

    private RecordFiles(StoreDisk disk, SetFolder set, FeatureSetKey key, SegmentLayout layout, IDisposable use)
    {
        (_disk, _set, _key, _layout, _use) = (disk, set, key, layout, use);
        _next = set.Segment(0);
        Touch();
        Refresh();
    }

    /// <summary>Opens a set, waiting while someone removes it.</summary>
    /// <param name="disk">The store's folder.</param>
    /// <param name="key">What the set holds, to be described.</param>
    /// <param name="layout">Of the segments; those of another are not ours.</param>
    /// <returns>Null where the set cannot be opened.</returns>
    public static RecordFiles? TryOpen(StoreDisk disk, FeatureSetKey key, SegmentLayout layout)
    {
        try
        {
            var set = new SetFolder(disk.Root, key.Sha256);
            for (var waited = TimeSpan.Zero; waited <= LongestRemoval; waited += BetweenTries)
            {
                if (disk.Locks.TryLock(FolderLocks.PlaceOf(set), exclusive: false) is { } use)
                {
                    return new(disk, set, key, layout, use);
                }

                Thread.Sleep(BetweenTries);
            }

            throw new IOException($"{set.Path} is locked by someone else");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            disk.Fail(e);
            return null;
        }
    }

    public bool Contains(in ImageHash image) => TryFind(image, out _);

    /// <summary>Reads a record; damaged ones are forgotten.</summary>
    /// <returns>Whether there is one, with the bytes that were written.</returns>
    public bool TryRead(in ImageHash image, Span<byte> payload)
    {
        while (TryFind(image, out var place))
        {
            try
            {
                if (place.Segment.TryRead(place.Slot, place.Checksum, payload))
                {
                    return true;
                }
            }
            catch (IOException)
            {
                // A place that cannot be read is as good as damaged.
            }

            _disk.Counts.DamagedOnDisk();
            lock (_gate)
            {
                _index.Forget(image, place);
            }
        }

        return false;
    }

    /// <summary>Whether there is a record, without a look for what others have added.</summary>
    public bool Knows(in ImageHash image)
    {
        lock (_gate)
        {
            return _index.TryFind(image, out _);
        }
    }

    /// <summary>Writes a record.</summary>
    /// <returns>False where another thread was first, the quota has no room, or the disk fails or did so before.</returns>
    public bool TryAdd(in ImageHash image, ReadOnlySpan<byte> payload)
    {
        var checksum = XxHash3.HashToUInt64(payload, _set.Seed);
        lock (_append)
        {
            try
            {
                if (Knows(image) || _disk.Problem is not null || !TryHold())
                {
                    return false;
                }

                using var room = _disk.TryTake(_appender!.Growth);
                if (room is null)
                {
                    return false;
                }

                var slot = _appender.Append(image, payload, checksum);
                lock (_gate)
                {
                    _index.Add(image, new(_appender, slot, checksum));
                }

                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _disk.Fail(e);
                return false;
            }
        }
    }

    /// <summary>Keeps other processes from computing an image's features.</summary>
    /// <param name="image">The image.</param>
    /// <param name="held">What ends it; null where the system fails, for then nobody can be kept off.</param>
    /// <returns>False where another computes them.</returns>
    public bool TryLock(in ImageHash image, out IDisposable? held)
    {
        try
        {
            held = _disk.Locks.TryLock(FolderLocks.PlaceOf(_set, image));
            return held is not null;
        }
        catch (IOException e)
        {
            _disk.Fail(e);
            held = null;
            return true;
        }
    }

    /// <summary>Forgets every record, and removes those of the segment that is written: whoever has it read elsewhere finds them damaged.</summary>
    public void Discard()
    {
        lock (_append)
        {
            lock (_gate)
            {
                _index.Clear();
                _disk.Try(() => _appender?.Empty());
            }
        }
    }

    public void Dispose()
    {
        lock (_append)
        {
            lock (_gate)
            {
                Touch();
                _segments.ForEach(segment => segment?.Dispose());
                _use.Dispose();
            }
        }
    }

    private bool TryFind(in ImageHash image, out RecordPlace place)
    {
        lock (_gate)
        {
            if (_index.TryFind(image, out place))
            {
                return true;
            }

            Refresh();
            return _index.TryFind(image, out place);
        }
    }

    // Under the gate, as all below; finds what others have added, in a microsecond or two where there is nothing.
    private void Refresh() => _disk.Try(Scan);

    private void Scan()
    {
        OpenNew();
        foreach (var segment in _segments)
        {
            if (segment is not null && segment != _appender) // nobody else adds to that one
            {
                segment.Scan((entry, slot) => _index.Add(entry.Image, new(segment, slot, entry.Checksum)));
            }
        }
    }

    private void OpenNew()
    {
        while (File.Exists(_next))
        {
            var segment = Segment.Open(_set, _next);
            if (segment is not null && segment.Layout != _layout)
            {
                segment.Dispose();
                segment = null;
            }

            _segments.Add(segment);
            _next = _set.Segment(_segments.Count);
        }
    }

    private bool TryHold()
    {
        if (_appender is not null)
        {
            return true;
        }

        using var overhead = _disk.TryTake(OverheadBytes);
        if (overhead is null)
        {
            return false;
        }

        for (var waited = TimeSpan.Zero; waited <= LongestRemoval; waited += BetweenTries)
        {
            lock (_gate)
            {
                Describe();
                if (TryHoldOne())
                {
                    return true;
                }
            }

            Thread.Sleep(BetweenTries);
        }

        throw new IOException($"{_next} is locked by someone else, who does not make it");
    }

    /// <returns>False where another makes the next segment at this moment. Were it passed over, and then not made, those behind the gap would not be found.</returns>
    private bool TryHoldOne()
    {
        for (var number = 0; _appender is null;)
        {
            OpenNew();
            var isThere = number < _segments.Count;
            if ((!isThere || _segments[number] is not null) && _disk.Locks.TryLock(FolderLocks.PlaceOf(_set, number)) is { } hold)
            {
                Hold(number, hold);
            }
            else if (isThere)
            {
                number++; // foreign, and it stays as it is, or another's
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Goes on with a segment that a process has left, or a new one; not with a foreign one, which leaves no appender.</summary>
    private void Hold(int number, IDisposable hold)
    {
        try
        {
            OpenNew(); // between the look and the lock another may have made it, and finished
            if (number == _segments.Count)
            {
                // Only the holder of its number makes a segment: .NET's rename that replaces nothing is a look and a rename, in which
                // two makers could each replace the other's, records and all.
                Segment.Create(_set, _next, _layout);
                OpenNew();
            }

            Scan(); // what its last writer has added
            var segment = _segments.ElementAtOrDefault(number);
            segment?.BeginAppending(hold);
            _appender = segment;
        }
        finally
        {
            if (_appender is null)
            {
                hold.Dispose();
            }
        }
    }

    private void Describe()
    {
        Directory.CreateDirectory(_set.Path);
        var description = new SetDescription(SetDescription.CurrentFormat, _key.Sha256, _layout.Elements, _layout.Type, _key.Parts);
        if (SetDescription.Read(_set) is not { } known || known.Elements != description.Elements || known.Type != description.Type)
        {
            description.Write(_set);
            Touch();
        }
    }

    private void Touch()
    {
        try
        {
            if (File.Exists(_set.Description))
            {
                File.SetLastWriteTimeUtc(_set.Description, _disk.Time.GetUtcNow().UtcDateTime);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It only makes the set look older than it is.
        }
    }
}
