using System.Diagnostics.CodeAnalysis;

namespace DistributedFreeze.Data.Features;

/// <summary>The records of one set that are in memory. Thread-safe.</summary>
/// <param name="budget">Shared by all sets of the store.</param>
/// <param name="stride">Bytes from one record to the next.</param>
internal sealed class RecordMemory(MemoryBudget budget, int stride)
{
    private const int ChunkBytes = 4 << 20; // few allocations, little left over

    private readonly Lock _gate = new();
    private readonly List<MemoryChunk> _chunks = [];
    private readonly Stack<(MemoryChunk Chunk, int Record)> _free = [];

    /// <summary>Takes a place for one record, with a reference to its chunk that the caller gives back by DangerousRelease.</summary>
    /// <returns>False where the budget has no room.</returns>
    public bool TryReserve([NotNullWhen(true)] out MemoryChunk? chunk, out int record)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_free.TryPop(out var place))
                {
                    (chunk, record) = place;
                    var referenced = false;
                    chunk.DangerousAddRef(ref referenced);
                    return true;
                }
            }

            // Not under the lock: making room locks other sets.
            var records = budget.Take(stride, Math.Max(1, ChunkBytes / stride));
            if (records == 0 || !TryAdd(records))
            {
                (chunk, record) = (null, 0);
                return false;
            }
        }
    }

    /// <summary>Gives back a place that holds no record after all.</summary>
    public void Return(MemoryChunk chunk, int record)
    {
        lock (_gate)
        {
            if (!chunk.IsFreed)
            {
                _free.Push((chunk, record));
            }
        }
    }

    /// <summary>Gives back all memory; the records are gone.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Free()
    {
        lock (_gate)
        {
            var any = _chunks.Count > 0;
            _chunks.ForEach(chunk => chunk.Free());
            _chunks.Clear();
            _free.Clear();
            return any;
        }
    }

    private bool TryAdd(int records)
    {
        MemoryChunk chunk;
        try
        {
            chunk = new(budget, stride, records);
        }
        catch (OutOfMemoryException)
        {
            // The machine has less than the budget: what doesn't fit is read from disk or computed again.
            budget.Return((long)stride * records);
            return false;
        }

        lock (_gate)
        {
            _chunks.Add(chunk);
            for (var record = records - 1; record >= 0; record--)
            {
                _free.Push((chunk, record));
            }
        }

        return true;
    }
}
