namespace DistributedFreeze.Training.Models;

/// <summary>Things that cost much to make and are only read, made once for all who use them at the same time.</summary>
/// <remarks>Thread-safe; whoever asks for one that is being made waits for it.</remarks>
/// <param name="unused">How many are kept that nobody uses any more, for whoever asks next: the last ones. The oldest is disposed of first.</param>
internal sealed class SharedWhileUsed<T>(Func<int> unused) : IDisposable
    where T : class, IDisposable
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _changing = new();
    private long _returns;
    private bool _disposed;

    /// <summary>Finds one, or makes it. Blocks while it is made.</summary>
    /// <param name="key">All that it depends on.</param>
    /// <param name="make">Makes it; what it throws goes to all who wait, and whoever asks later tries again.</param>
    /// <returns>To be given back by <see cref="Return"/>, and not to be disposed of.</returns>
    public T Take(string key, Func<T> make)
    {
        Entry? entry;
        lock (_changing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_entries.TryGetValue(key, out entry))
            {
                entry = new(new(make));
                _entries.Add(key, entry);
            }

            entry.Users++;
        }

        try
        {
            return entry.Value.Value;
        }
        catch
        {
            lock (_changing)
            {
                entry.Users--;
                if (_entries.GetValueOrDefault(key) == entry)
                {
                    _entries.Remove(key);
                }
            }

            throw;
        }
    }

    /// <summary>Gives back what <see cref="Take"/> gave, once; who used it last disposes of it.</summary>
    /// <param name="key">As it was taken.</param>
    public void Return(string key)
    {
        lock (_changing)
        {
            var entry = _entries[key];
            entry.Users--;
            entry.Returned = ++_returns;
            Keep(_disposed ? 0 : unused());
        }
    }

    /// <summary>Disposes of what nobody uses now, and of the rest as it is given back.</summary>
    public void Dispose()
    {
        lock (_changing)
        {
            _disposed = true;
            Keep(0);
        }
    }

    private void Keep(int most)
    {
        foreach (var (key, entry) in _entries.Where(pair => pair.Value.Users == 0).OrderByDescending(pair => pair.Value.Returned).Skip(most).ToList())
        {
            _entries.Remove(key);
            entry.Value.Value.Dispose();
        }
    }

    private sealed class Entry(Lazy<T> value)
    {
        public Lazy<T> Value => value;

        public int Users { get; set; }

        public long Returned { get; set; }
    }
}
