using System.Runtime.InteropServices;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>The records of one key in one store, in memory and on disk, for all who have the set open. Thread-safe.</summary>
/// <remarks>Between two users it keeps what is in memory, until another set needs the room, and lets go of its files.</remarks>
internal sealed partial class SharedSet : IDisposable
{
    private readonly Lock _gate = new(); // the index and the list of files; taken before the memory's own
    private readonly Lock _append = new(); // one record is written at a time; taken before the gate
    private readonly RecordIndex _index = new();
    private readonly ComputeLockTable _claims = new();
    private readonly RecordBuffers _buffers;
    private readonly SegmentLayout _layout;
    private readonly RecordMemory _memory;
    private readonly StoreDisk? _disk;
    private readonly CacheCounts _counts;
    private readonly long _seed;
    private SetFiles? _files;

    public SharedSet(FeatureSetKey key, SegmentLayout layout, MemoryBudget memory, StoreDisk? disk, CacheCounts counts)
    {
        Key = key;
        _seed = RecordChecksum.SeedOf(Convert.FromHexString(key.Sha256));
        _counts = counts;
        _layout = layout;
        _buffers = new(layout.PayloadBytes);
        _memory = new(memory, layout.Stride);
        _disk = disk;
    }

    public FeatureSetKey Key { get; }

    public SegmentLayout Layout => _layout;

    /// <summary>What threads of this process have claimed.</summary>
    public ComputeLockTable Claims => _claims;

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
                _index.ForgetDisk();
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

    public bool Write(in ImageHash image, ReadOnlySpan<float> values)
    {
        if (_layout.Type == FeatureType.Fp32)
        {
            return Write(image, MemoryMarshal.AsBytes(values));
        }

        var buffer = _buffers.Rent();
        PackedFloats.Pack(_layout.Type, values, buffer);
        var kept = Write(image, buffer);
        _buffers.GiveBack(buffer);
        return kept;
    }

    public IDisposable? TryClaim(in ImageHash image)
    {
        StoreDisk? disk;
        lock (_gate)
        {
            if (TryFind(image, out _))
            {
                return null;
            }

            disk = _files is null ? null : _disk;
        }

        var claim = ComputeLock.TryTake(_claims, disk, Key, image);

        // Whoever held it a moment ago may have written the record before letting go.
        if (claim is not null && Contains(image))
        {
            claim.Dispose();
            return null;
        }

        return claim;
    }

    /// <summary>Gives up what is in memory and in the segment that is held: whoever has it read elsewhere finds it damaged.</summary>
    public void Discard()
    {
        lock (_append)
        {
            lock (_gate)
            {
                _index.Clear();
                _memory.Free();
                try
                {
                    _files?.EmptyHeld();
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    _disk!.Fail(e);
                }
            }
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

        // Before the copy, and under no lock: making room in memory locks other sets.
        var checksum = RecordChecksum.Of(payload, _seed);
        if (_memory.TryReserve(out var chunk, out var record))
        {
            chunk.Put(record, payload);
        }

        lock (_append)
        {
            var place = new RecordPlace { Chunk = chunk, Record = record, Checksum = checksum };
            if (!Knows(image))
            {
                TryAppend(image, payload, ref place);
            }

            lock (_gate)
            {
                return Publish(image, place);
            }
        }
    }

    private bool Knows(in ImageHash image)
    {
        lock (_gate)
        {
            return _index.Contains(image);
        }
    }

    // Under the gate.
    private bool Publish(in ImageHash image, in RecordPlace written)
    {
        var place = written;
        if (place.Chunk is { IsFreed: true })
        {
            place.Chunk.DangerousRelease();
            place = place with { Chunk = null };
        }

        if (_index.Contains(image))
        {
            // Another was first: theirs is kept, ours may serve as its copy in memory.
            if (place.Chunk is { } chunk)
            {
                Upgrade(image, chunk, place.Record, place.Checksum);
            }

            return true;
        }

        place.Chunk?.DangerousRelease();
        return (place.Chunk is not null || place.OnDisk) && _index.TryAdd(image, place);
    }

    private void TryAppend(in ImageHash image, ReadOnlySpan<byte> payload, ref RecordPlace place)
    {
        if (_disk is not { Health.Problem: null } disk || _files is not { } files)
        {
            return;
        }

        try
        {
            if (files.Appender is null)
            {
                using var overhead = disk.Quota.TryTake(SetFiles.OverheadBytes);
                if (overhead is null)
                {
                    return;
                }

                lock (_gate)
                {
                    files.Hold(_index);
                }
            }

            var segment = files.Appender!;
            using var room = disk.Quota.TryTake(segment.Growth());
            if (room is not null)
            {
                var slot = segment.Append(image, payload, place.Checksum);
                place = place with { OnDisk = true, Segment = files.Held, Slot = slot };
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            disk.Fail(e);
        }
    }
}
