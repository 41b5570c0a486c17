using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;

namespace DistributedFreeze.Training.Features.Storage;

/// <summary>The records of one key in one store, in memory and on disk, for all who have the set open. Thread-safe.</summary>
/// <remarks>Between two users it keeps what is in memory, until another set needs the room, and lets go of its files.</remarks>
internal sealed class SharedSet : IDisposable
{
    private readonly Lock _gate = new(); // the index and the list of files; taken before the memory's own
    private readonly Lock _append = new(); // one record is written at a time; taken before the gate
    private readonly Dictionary<ImageHash, Location> _index = [];
    private readonly Dictionary<ImageHash, List<Location>> _spares = []; // further copies, of which the first may be damaged
    private readonly HashSet<ImageHash> _claims = [];
    private readonly Stack<byte[]> _buffers = [];
    private readonly List<(RecordEntry Entry, int Segment, int Slot)> _found = [];
    private readonly List<(RecordEntry Entry, int Slot)> _scanned = [];
    private readonly SegmentLayout _layout;
    private readonly RecordMemory _memory;
    private readonly StoreDisk? _disk;
    private SetFiles? _files;

    public SharedSet(FeatureSetKey key, SegmentLayout layout, MemoryBudget memory, StoreDisk? disk)
    {
        Key = key;
        _layout = layout;
        _memory = new(memory, layout.Stride);
        _disk = disk;
    }

    public FeatureSetKey Key { get; }

    public SegmentLayout Layout => _layout;

    /// <summary>Handles on the set; guarded by the store.</summary>
    public int Users { get; set; }

    /// <summary>When the last one was given back, counted by the store.</summary>
    public long IdleSince { get; set; }

    /// <summary>Records known, in memory or on disk.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                Refresh();
                return _index.Count;
            }
        }
    }

    /// <summary>Opens the files for the first user.</summary>
    public void Attach()
    {
        lock (_gate)
        {
            _files = _disk?.Open(Key, _layout);
            Refresh();
        }
    }

    /// <summary>Closes the files after the last user; what is in memory stays.</summary>
    public void Detach()
    {
        lock (_append)
        {
            lock (_gate)
            {
                _files?.Dispose();
                _files = null;
                _spares.Clear();
                foreach (var (image, location) in _index)
                {
                    if (location.Chunk is null)
                    {
                        _index.Remove(image);
                    }
                    else
                    {
                        _index[image] = location with { OnDisk = false };
                    }
                }
            }
        }
    }

    /// <summary>Gives up what is in memory, where nobody has the set open.</summary>
    /// <returns>Whether there was any.</returns>
    public bool FreeMemory()
    {
        lock (_gate)
        {
            _index.Clear();
            return _memory.Free();
        }
    }

    public bool Contains(in ImageHash image)
    {
        lock (_gate)
        {
            return TryFind(image, out _);
        }
    }

    public bool IsOnDiskOnly(in ImageHash image)
    {
        lock (_gate)
        {
            return TryFind(image, out var location) && location.Chunk is null;
        }
    }

    public bool TryRead(in ImageHash image, Span<float> destination)
    {
        while (true)
        {
            Location location;
            Segment? segment = null;
            lock (_gate)
            {
                if (!TryFind(image, out location))
                {
                    return false;
                }

                if (location.Chunk is { } chunk)
                {
                    // The reference keeps the memory while it's read, should the store be disposed meanwhile.
                    var referenced = false;
                    chunk.DangerousAddRef(ref referenced);
                }
                else
                {
                    segment = _files!.Find(location.Segment);
                }
            }

            if (segment is null)
            {
                ReadMemory(location, destination);
                return true;
            }

            if (TryReadDisk(image, segment, location, destination))
            {
                return true;
            }

            destination.Clear();
            Forget(image, location);
        }
    }

    public bool Write(in ImageHash image, ReadOnlySpan<float> values)
    {
        if (_layout.Type == FeatureType.Fp32)
        {
            return Write(image, MemoryMarshal.AsBytes(values));
        }

        var buffer = Rent();
        PackedFloats.Pack(_layout.Type, values, buffer);
        var kept = Write(image, buffer);
        GiveBack(buffer);
        return kept;
    }

    public IDisposable? TryClaim(in ImageHash image)
    {
        SetFiles? files;
        lock (_gate)
        {
            if (TryFind(image, out _) || !_claims.Add(image))
            {
                return null;
            }

            files = _files;
        }

        var (held, elsewhere) = files is null ? (true, null) : _disk!.TryClaim(Key, image);
        if (!held)
        {
            Unclaim(image);
            return null;
        }

        var claim = new ImageClaim(this, image, elsewhere);

        // Whoever held it a moment ago may have written the record before letting go.
        if (Contains(image))
        {
            claim.Dispose();
            return null;
        }

        return claim;
    }

    public void Unclaim(in ImageHash image)
    {
        lock (_gate)
        {
            _claims.Remove(image);
        }
    }

    public void Dispose()
    {
        Detach();
        FreeMemory();
    }

    private bool Write(in ImageHash image, ReadOnlySpan<byte> payload)
    {
        if (Knows(image))
        {
            return true;
        }

        // Under no lock: making room in memory locks other sets.
        if (_memory.TryReserve(out var chunk, out var record))
        {
            payload.CopyTo(chunk.Record(record, payload.Length));
        }

        lock (_append)
        {
            var location = new Location { Chunk = chunk, Record = record };
            if (!Knows(image))
            {
                TryAppend(image, payload, ref location);
            }

            lock (_gate)
            {
                return Publish(image, location);
            }
        }
    }

    private bool Knows(in ImageHash image)
    {
        lock (_gate)
        {
            return _index.ContainsKey(image);
        }
    }

    // Under the gate.
    private bool Publish(in ImageHash image, in Location written)
    {
        var location = written;
        if (location.Chunk is { IsFreed: true })
        {
            location.Chunk.DangerousRelease();
            location = location with { Chunk = null };
        }

        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(_index, image);
        if (!Unsafe.IsNullRef(ref known))
        {
            // Another was first: theirs is kept, ours may serve as its copy in memory.
            if (location.Chunk is { } chunk)
            {
                Upgrade(image, chunk, location.Record);
            }

            return true;
        }

        location.Chunk?.DangerousRelease();
        return (location.Chunk is not null || location.OnDisk) && _index.TryAdd(image, location);
    }

    private void TryAppend(in ImageHash image, ReadOnlySpan<byte> payload, ref Location location)
    {
        if (_disk is not { Health.Problem: null } disk || _files is not { } files)
        {
            return;
        }

        try
        {
            if (files.Appender is null)
            {
                if (!disk.Quota.TryTake(SetFiles.OverheadBytes))
                {
                    return;
                }

                try
                {
                    lock (_gate)
                    {
                        files.Hold(_found, _scanned);
                        AddFound();
                    }
                }
                finally
                {
                    disk.Quota.Done(SetFiles.OverheadBytes);
                }
            }

            var segment = files.Appender!;
            var growth = segment.Growth();
            if (!disk.Quota.TryTake(growth))
            {
                return;
            }

            try
            {
                var (slot, checksum) = segment.Append(image, payload);
                location = location with { OnDisk = true, Segment = files.Held, Slot = slot, Checksum = checksum };
            }
            finally
            {
                disk.Quota.Done(growth);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            disk.Fail(e);
        }
    }

    private void ReadMemory(in Location location, Span<float> destination)
    {
        PackedFloats.Unpack(_layout.Type, location.Chunk!.Record(location.Record, _layout.PayloadBytes), destination);
        location.Chunk.DangerousRelease();
    }

    private bool TryReadDisk(in ImageHash image, Segment segment, in Location location, Span<float> destination)
    {
        if (_layout.Type == FeatureType.Fp32)
        {
            var bytes = MemoryMarshal.AsBytes(destination);
            return TryReadDisk(image, segment, location, bytes);
        }

        var buffer = Rent();
        var read = TryReadDisk(image, segment, location, buffer);
        if (read)
        {
            PackedFloats.Unpack(_layout.Type, buffer, destination);
        }

        GiveBack(buffer);
        return read;
    }

    private bool TryReadDisk(in ImageHash image, Segment segment, in Location location, Span<byte> payload)
    {
        try
        {
            if (!segment.TryRead(location.Slot, location.Checksum, payload))
            {
                return false;
            }
        }
        catch (IOException)
        {
            return false; // a place that cannot be read is as good as damaged
        }

        // Next time from memory: no call, no checksum.
        if (_memory.TryReserve(out var chunk, out var record))
        {
            payload.CopyTo(chunk.Record(record, payload.Length));
            lock (_gate)
            {
                Upgrade(image, chunk, record);
            }
        }

        return true;
    }

    // Under the gate: makes a copy in memory part of a record that has none, and gives back the reference that came with its place.
    private void Upgrade(in ImageHash image, MemoryChunk chunk, int record)
    {
        ref var location = ref CollectionsMarshal.GetValueRefOrNullRef(_index, image);
        if (!chunk.IsFreed && !Unsafe.IsNullRef(ref location) && location.Chunk is null)
        {
            location = location with { Chunk = chunk, Record = record };
        }
        else
        {
            _memory.Return(chunk, record);
        }

        chunk.DangerousRelease();
    }

    private bool TryFind(in ImageHash image, out Location location)
    {
        if (_index.TryGetValue(image, out location))
        {
            return true;
        }

        Refresh();
        return _index.TryGetValue(image, out location);
    }

    private void Refresh()
    {
        if (_files is null)
        {
            return;
        }

        try
        {
            _files.Refresh(_found, _scanned);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _disk!.Fail(e);
        }

        AddFound();
    }

    private void AddFound()
    {
        foreach (var (entry, segment, slot) in _found)
        {
            var location = new Location { OnDisk = true, Segment = segment, Slot = slot, Checksum = entry.Checksum };
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_index, entry.Image, out var exists);
            if (!exists)
            {
                known = location;
            }
            else if (!known.OnDisk)
            {
                known = location with { Chunk = known.Chunk, Record = known.Record };
            }
            else
            {
                ref var spares = ref CollectionsMarshal.GetValueRefOrAddDefault(_spares, entry.Image, out _);
                (spares ??= []).Add(location);
            }
        }

        _found.Clear();
    }

    private void Forget(in ImageHash image, in Location damaged)
    {
        lock (_gate)
        {
            ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(_index, image);
            if (Unsafe.IsNullRef(ref known) || known != damaged)
            {
                return; // another thread was first
            }

            if (_spares.TryGetValue(image, out var spares) && spares.Count > 0)
            {
                known = spares[0];
                spares.RemoveAt(0);
            }
            else
            {
                _index.Remove(image);
            }
        }
    }

    private byte[] Rent()
    {
        lock (_buffers)
        {
            return _buffers.TryPop(out var buffer) ? buffer : new byte[_layout.PayloadBytes];
        }
    }

    private void GiveBack(byte[] buffer)
    {
        lock (_buffers)
        {
            _buffers.Push(buffer);
        }
    }

    /// <summary>Where a record is: in memory, on disk, or both.</summary>
    private readonly record struct Location
    {
        public MemoryChunk? Chunk { get; init; }

        public int Record { get; init; }

        public bool OnDisk { get; init; }

        public int Segment { get; init; }

        public int Slot { get; init; }

        public ulong Checksum { get; init; }
    }
}
