using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>The records of one set that are in memory. Thread-safe.</summary>
/// <param name="budget">Shared by all sets of the store.</param>
/// <param name="layout">Of the records.</param>
/// <param name="counts">Is told of damage.</param>
internal sealed class RecordMemory(MemoryBudget budget, SegmentLayout layout, CacheCounts counts)
{
    private const int ChunkBytes = 4 << 20; // few allocations, little left over

    private readonly Lock _gate = new();
    private readonly Dictionary<ImageHash, (MemoryChunk Chunk, int Index)> _records = [];
    private readonly Stack<(MemoryChunk Chunk, int Index)> _free = [];
    private readonly List<MemoryChunk> _chunks = [];
    private int _generation;

    /// <summary>How often all memory was given back.</summary>
    public int Generation => Volatile.Read(ref _generation);

    /// <summary>Records there are, as of a moment ago where another thread adds some.</summary>
    public int Count => _records.Count;

    public bool Contains(in ImageHash image)
    {
        lock (_gate)
        {
            return _records.ContainsKey(image);
        }
    }

    /// <summary>The bytes of a record, unchecked; empty where there is none. For tests, which damage them.</summary>
    public Span<byte> Find(in ImageHash image)
    {
        lock (_gate)
        {
            return _records.TryGetValue(image, out var place) ? place.Chunk.Record(place.Index, layout.PayloadBytes) : [];
        }
    }

    /// <summary>Reads a record; a damaged one is forgotten.</summary>
    /// <returns>Whether there is one, with the bytes that were kept.</returns>
    public bool TryRead(in ImageHash image, Span<float> destination)
    {
        (MemoryChunk Chunk, int Index) place;
        lock (_gate)
        {
            if (!_records.TryGetValue(image, out place))
            {
                return false;
            }

            AddReference(place.Chunk); // which keeps the memory while it's read
        }

        var isWhole = place.Chunk.TryGet(place.Index, layout.PayloadBytes, out var payload);
        if (isWhole)
        {
            FeatureRounding.Unpack(layout.Type, payload, destination);
        }

        place.Chunk.DangerousRelease();
        if (!isWhole)
        {
            counts.DamagedInMemory();
            lock (_gate)
            {
                if (_records.GetValueOrDefault(image) == place)
                {
                    _records.Remove(image); // and its place is not used again
                }
            }
        }

        return isWhole;
    }

    /// <summary>Keeps a record of an image that has none. To be called under no lock: making room locks other sets.</summary>
    /// <param name="image">The image.</param>
    /// <param name="payload">The record's bytes.</param>
    /// <param name="generation"><see cref="Generation"/> as it was before they were read: what was given back since does not come back.</param>
    /// <returns>Whether there is a record now; false where the budget has no room.</returns>
    public bool TryAdd(in ImageHash image, ReadOnlySpan<byte> payload, int generation)
    {
        if (!TryReserve(out var chunk, out var index))
        {
            return false;
        }

        chunk.Put(index, payload);
        lock (_gate)
        {
            var isKept = generation == _generation && _records.TryAdd(image, (chunk, index));
            if (!isKept && _chunks.Contains(chunk))
            {
                _free.Push((chunk, index));
            }

            chunk.DangerousRelease();
            return _records.ContainsKey(image);
        }
    }

    /// <summary>Gives back all memory; the records are gone.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Free()
    {
        lock (_gate)
        {
            var any = _chunks.Count > 0;
            _generation++;
            _chunks.ForEach(chunk => chunk.Dispose());
            _chunks.Clear();
            _free.Clear();
            _records.Clear();
            return any;
        }
    }

    /// <summary>Takes a place for one record, with a reference to its chunk.</summary>
    private bool TryReserve(out MemoryChunk chunk, out int index)
    {
        do
        {
            lock (_gate)
            {
                if (_free.TryPop(out var place))
                {
                    (chunk, index) = place;
                    AddReference(chunk);
                    return true;
                }
            }
        }
        while (TryGrow());

        (chunk, index) = (null!, 0);
        return false;
    }

    private bool TryGrow()
    {
        var records = budget.Take(layout.Stride, Math.Max(1, ChunkBytes / layout.Stride));
        if (records == 0)
        {
            return false;
        }

        MemoryChunk chunk;
        try
        {
            chunk = new(budget, layout.Stride, records);
        }
        catch (OutOfMemoryException)
        {
            // The machine has less than the budget: what doesn't fit is read from disk or computed again.
            budget.Return((long)layout.Stride * records);
            return false;
        }

        lock (_gate)
        {
            _chunks.Add(chunk);
            for (var index = records - 1; index >= 0; index--)
            {
                _free.Push((chunk, index));
            }
        }

        return true;
    }

    private static void AddReference(MemoryChunk chunk)
    {
        var added = false;
        chunk.DangerousAddRef(ref added);
    }
}
