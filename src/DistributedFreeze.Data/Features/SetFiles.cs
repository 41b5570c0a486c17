namespace DistributedFreeze.Data.Features;

/// <summary>The files of one open set: those of other processes are read, one of them at a time is written.</summary>
/// <remarks>While it lives no one removes the set. Not thread-safe but for <see cref="Find"/>'s segments, from which any thread reads.</remarks>
internal sealed class SetFiles : IDisposable
{
    /// <summary>Bytes that <see cref="Hold"/> may add: a description, well under a page, and a header.</summary>
    public const int OverheadBytes = 2 * SegmentLayout.HeaderBytes;

    private static readonly TimeSpan LongestRemoval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(5);

    private readonly SetFolder _set;
    private readonly FeatureSetKey _key;
    private readonly FolderLocks _locks;
    private readonly SegmentLayout _layout;
    private readonly TimeProvider _time;
    private readonly SortedList<int, Segment> _segments = [];
    private readonly List<(RecordEntry Entry, int Slot)> _scanned = [];
    private int? _held;
    private int _beyond; // no segment of this number or above is known
    private string _next; // the path of that number

    private SetFiles(SetFolder set, FeatureSetKey key, FolderLocks locks, SegmentLayout layout, TimeProvider time)
    {
        (_set, _key, _locks, _layout, _time) = (set, key, locks, layout, time);
        _next = set.Segment(0);
    }

    /// <summary>The segment that this store appends to; null before <see cref="Hold"/>. Not to be scanned.</summary>
    public Segment? Appender { get; private set; }

    /// <summary>Its number.</summary>
    public int Held => _held ?? throw new InvalidOperationException("No segment is held.");

    /// <summary>Opens a set, waiting while someone removes it.</summary>
    /// <param name="set">Where it is.</param>
    /// <param name="key">What it holds, to be described.</param>
    /// <param name="layout">Of the segments; those of another are not ours.</param>
    /// <param name="locks">The store's.</param>
    /// <param name="time">Tells the last use.</param>
    /// <exception cref="IOException">A segment cannot be read, or the set is being removed for ever.</exception>
    /// <exception cref="UnauthorizedAccessException">A segment may not be read.</exception>
    public static SetFiles Open(SetFolder set, FeatureSetKey key, SegmentLayout layout, FolderLocks locks, TimeProvider time)
    {
        var place = FolderLocks.SetPlace(set);
        for (var waited = TimeSpan.Zero; !locks.TryShare(place); waited += BetweenTries)
        {
            if (waited > LongestRemoval)
            {
                throw new IOException($"{set.Path} is locked by someone else");
            }

            Thread.Sleep(BetweenTries);
        }

        try
        {
            var files = new SetFiles(set, key, locks, layout, time);
            files.Touch();
            files.OpenSegments();
            return files;
        }
        catch
        {
            locks.Release(place);
            throw;
        }
    }

    /// <summary>A segment that was scanned.</summary>
    public Segment Find(int number) => _segments[number];

    /// <summary>Finds the records that others have added since the last time; costs a microsecond or two where there are none.</summary>
    /// <param name="index">Receives them.</param>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A segment may not be read.</exception>
    public void Refresh(RecordIndex index) => Refresh(index, butHeld: true);

    private void Refresh(RecordIndex index, bool butHeld)
    {
        OpenNew();
        for (var i = 0; i < _segments.Count; i++)
        {
            var number = _segments.Keys[i];
            if (number == _held && butHeld)
            {
                continue; // nobody else adds to it
            }

            _scanned.Clear();
            try
            {
                _segments.Values[i].Scan(_scanned);
            }
            finally
            {
                // Those before a place that cannot be read, too: the segment doesn't find them again.
                foreach (var (entry, slot) in _scanned)
                {
                    index.AddFound(entry, number, slot);
                }
            }
        }
    }

    /// <summary>Takes a segment to append to: one that a process has left, else a new one.</summary>
    /// <param name="index">Receives what its last writer had added.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void Hold(RecordIndex index)
    {
        Describe();
        for (var number = 0; Appender is null;)
        {
            OpenNew();
            if (number < _beyond && !_segments.ContainsKey(number))
            {
                number++; // foreign, and it stays as it is
            }
            else if (_locks.TryTake(FolderLocks.SegmentPlace(_set, number)))
            {
                HoldTaken(number, index);
            }
            else if (number < _beyond)
            {
                number++; // another's
            }
            else
            {
                // Another makes it at this moment. Were it passed over, and then not made, those behind the gap would not be found.
                Thread.Sleep(BetweenTries);
            }
        }
    }

    /// <summary>Removes every record of the segment that is held, if one is.</summary>
    /// <exception cref="IOException">The file cannot be cut.</exception>
    public void EmptyHeld() => Appender?.Empty();

    public void Dispose()
    {
        Touch();
        Appender?.Dispose();
        foreach (var segment in _segments.Values)
        {
            segment.Dispose();
        }

        if (_held is { } held)
        {
            _locks.Release(FolderLocks.SegmentPlace(_set, held));
        }

        _locks.Release(FolderLocks.SetPlace(_set));
    }

    private void HoldTaken(int number, RecordIndex index)
    {
        var place = FolderLocks.SegmentPlace(_set, number);
        try
        {
            OpenNew(); // between the look and the lock another may have made it, and finished
            if (number >= _beyond)
            {
                // Only the holder of its number makes a segment: .NET's rename that replaces nothing is a look and a rename, in which
                // two makers could each replace the other's, records and all.
                Segment.Create(_set, number, _layout);
                OpenNew();
            }

            if (!_segments.TryGetValue(number, out var segment))
            {
                _locks.Release(place); // foreign: the caller passes it over
                return;
            }

            _held = number;
            Refresh(index, butHeld: false);
            Appender = Segment.Open(_set, number, FileAccess.ReadWrite, out var fault) ?? throw new IOException($"{_set.Segment(number)}: {fault}");
            Appender.GoOnFrom(segment);
        }
        catch
        {
            Appender?.Dispose();
            (Appender, _held) = (null, null);
            _locks.Release(place);
            throw;
        }
    }

    private void Describe()
    {
        Directory.CreateDirectory(_set.Path);
        var description = SetDescription.Read(_set);
        if (description is null || description.Elements != _layout.Elements || description.Type != _layout.Type)
        {
            new SetDescription
            {
                Format = SetDescription.CurrentFormat,
                Key = _key.Sha256,
                Elements = _layout.Elements,
                Type = _layout.Type,
                Parts = _key.Parts,
            }.Write(_set);
            Touch();
        }
    }

    private void Touch()
    {
        try
        {
            if (File.Exists(_set.Description))
            {
                File.SetLastWriteTimeUtc(_set.Description, _time.GetUtcNow().UtcDateTime);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It only makes the set look older than it is.
        }
    }

    private void OpenSegments()
    {
        foreach (var number in _set.Segments())
        {
            OpenSegment(number);
        }
    }

    // Segments are numbered without gaps, so a new one has the next number.
    private void OpenNew()
    {
        while (File.Exists(_next))
        {
            OpenSegment(_beyond);
        }
    }

    private void OpenSegment(int number)
    {
        _beyond = number + 1;
        _next = _set.Segment(_beyond);
        if (Segment.Open(_set, number, FileAccess.Read, out _) is not { } segment)
        {
            return; // foreign
        }

        if (segment.Layout == _layout)
        {
            _segments.Add(number, segment);
        }
        else
        {
            segment.Dispose();
        }
    }
}
