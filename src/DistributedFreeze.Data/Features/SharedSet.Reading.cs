using System.Runtime.InteropServices;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <content>Finds records and reads them, from memory or disk; what is damaged is forgotten, and computed again by whoever asked.</content>
internal sealed partial class SharedSet
{
    /// <summary>Where an image's record is; null where there is none.</summary>
    public RecordPlace? Find(in ImageHash image)
    {
        lock (_gate)
        {
            return TryFind(image, out var place) ? place : null;
        }
    }

    public bool IsOnDiskOnly(in ImageHash image)
    {
        lock (_gate)
        {
            return TryFind(image, out var place) && place.Chunk is null;
        }
    }

    public bool TryRead(in ImageHash image, Span<float> destination)
    {
        while (true)
        {
            RecordPlace place;
            Segment? segment = null;
            lock (_gate)
            {
                if (!TryFind(image, out place))
                {
                    return false;
                }

                if (place.Chunk is { } chunk)
                {
                    // The reference keeps the memory while it's read, should the store be disposed meanwhile.
                    var referenced = false;
                    chunk.DangerousAddRef(ref referenced);
                }
                else
                {
                    segment = _files!.Find(place.Segment);
                }
            }

            if (segment is null ? TryReadMemory(place, destination) : TryReadDisk(image, segment, place, destination))
            {
                return true;
            }

            destination.Clear();
            lock (_gate)
            {
                if (segment is null)
                {
                    _index.ForgetMemory(image, place); // and its place in memory is not used again
                }
                else
                {
                    _index.Forget(image, place);
                }
            }
        }
    }

    /// <returns>Whether the bytes are those that were kept.</returns>
    private bool TryReadMemory(in RecordPlace place, Span<float> destination)
    {
        var isWhole = place.Chunk!.TryGet(place.Record, _layout.PayloadBytes, out var payload);
        if (isWhole)
        {
            PackedFloats.Unpack(_layout.Type, payload, destination);
        }
        else
        {
            _counts.DamagedInMemory();
        }

        place.Chunk.DangerousRelease();
        return isWhole;
    }

    private bool TryReadDisk(in ImageHash image, Segment segment, in RecordPlace place, Span<float> destination)
    {
        if (_layout.Type == FeatureType.Fp32)
        {
            var bytes = MemoryMarshal.AsBytes(destination);
            return TryReadDisk(image, segment, place, bytes);
        }

        var buffer = _buffers.Rent();
        var read = TryReadDisk(image, segment, place, buffer);
        if (read)
        {
            PackedFloats.Unpack(_layout.Type, buffer, destination);
        }

        _buffers.GiveBack(buffer);
        return read;
    }

    private bool TryReadDisk(in ImageHash image, Segment segment, in RecordPlace place, Span<byte> payload)
    {
        try
        {
            if (!segment.TryRead(place.Slot, place.Checksum, payload))
            {
                _counts.DamagedOnDisk();
                return false;
            }
        }
        catch (IOException)
        {
            _counts.DamagedOnDisk();
            return false; // a place that cannot be read is as good as damaged
        }

        // Next time from memory, without a call.
        if (_memory.TryReserve(out var chunk, out var record))
        {
            chunk.Put(record, payload);
            lock (_gate)
            {
                Upgrade(image, chunk, record, place.Checksum);
            }
        }

        return true;
    }

    // Under the gate: makes a copy in memory part of a record that has none, and gives back the reference that came with its place.
    private void Upgrade(in ImageHash image, MemoryChunk chunk, int record, ulong checksum)
    {
        if (chunk.IsFreed || !_index.TryAddMemory(image, chunk, record, checksum))
        {
            _memory.Return(chunk, record);
        }

        chunk.DangerousRelease();
    }

    private bool TryFind(in ImageHash image, out RecordPlace place)
    {
        if (_index.TryFind(image, out place))
        {
            return true;
        }

        Refresh();
        return _index.TryFind(image, out place);
    }

    private void Refresh()
    {
        if (_files is null)
        {
            return;
        }

        try
        {
            _files.Refresh(_index);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _disk!.Fail(e);
        }
    }
}
