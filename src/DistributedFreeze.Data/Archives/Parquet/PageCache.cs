namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>The pages of images that were read last, so that neighbours are not decompressed once for each. Thread-safe.</summary>
/// <param name="budget">Bytes of pages to keep; of larger ones the last two, which may be a page and its dictionary.</param>
internal sealed class PageCache(long budget)
{
    /// <summary>What a data set keeps.</summary>
    public const long Usual = 256 << 20;

    private const int Fewest = 2;

    private readonly Lock _turn = new();
    private readonly Dictionary<PagePlace, LinkedListNode<Entry>> _entries = new(ReferenceEqualityComparer.Instance);
    private readonly LinkedList<Entry> _byUse = new();
    private long _bytes;

    /// <summary>Gives the values of a page.</summary>
    /// <typeparam name="T">What holds them.</typeparam>
    /// <param name="place">The page.</param>
    /// <param name="bytes">What its values hold in memory besides what they share with other pages.</param>
    /// <param name="read">Reads it; called by one thread, while others that want the same page wait.</param>
    public T Get<T>(PagePlace place, long bytes, Func<T> read)
        where T : class
    {
        Lazy<object> values;
        lock (_turn)
        {
            if (_entries.TryGetValue(place, out var known))
            {
                _byUse.Remove(known);
                _byUse.AddLast(known);
                values = known.Value.Values;
            }
            else
            {
                values = new(read);
                _entries.Add(place, _byUse.AddLast(new Entry(place, bytes, values)));
                _bytes += bytes;
                DropOldest();
            }
        }

        try
        {
            return (T)values.Value;
        }
        catch
        {
            Forget(place, values);
            throw;
        }
    }

    /// <summary>Keeps a page longer than those that were read before: what they refer to is not to be dropped, and read once more, while they hold it.</summary>
    public void Touch(PagePlace place)
    {
        lock (_turn)
        {
            if (_entries.TryGetValue(place, out var known))
            {
                _byUse.Remove(known);
                _byUse.AddLast(known);
            }
        }
    }

    private void DropOldest()
    {
        while (_bytes > budget && _byUse.Count > Fewest)
        {
            Drop(_byUse.First!);
        }
    }

    private void Forget(PagePlace place, Lazy<object> values)
    {
        lock (_turn)
        {
            if (_entries.TryGetValue(place, out var known) && known.Value.Values == values)
            {
                Drop(known);
            }
        }
    }

    private void Drop(LinkedListNode<Entry> entry)
    {
        _byUse.Remove(entry);
        _entries.Remove(entry.Value.Place);
        _bytes -= entry.Value.Bytes;
    }

    private sealed record Entry(PagePlace Place, long Bytes, Lazy<object> Values);
}
