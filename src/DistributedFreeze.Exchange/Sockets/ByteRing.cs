namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Bytes on their way between two threads, one that writes and one that reads. Thread-safe.</summary>
/// <param name="capacity">Bytes that fit in.</param>
internal sealed class ByteRing(int capacity)
{
    private readonly byte[] _bytes = new byte[capacity];
    private readonly object _lock = new();
    private long _written;
    private long _read;
    private bool _ended;

    /// <summary>Takes what there is room for.</summary>
    /// <returns>Bytes taken; 0 where the ring is full or has ended.</returns>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            var at = (int)(_written % capacity);
            var count = _ended ? 0 : Math.Min(bytes.Length, Math.Min(capacity - at, (int)(capacity - (_written - _read))));
            bytes[..count].CopyTo(_bytes.AsSpan(at));
            _written += count;
            Monitor.PulseAll(_lock);
            return count;
        }
    }

    /// <summary>Gives what there is.</summary>
    /// <returns>Bytes given; 0 where there are none.</returns>
    public int Read(Span<byte> bytes)
    {
        lock (_lock)
        {
            var at = (int)(_read % capacity);
            var count = Math.Min(bytes.Length, Math.Min(capacity - at, (int)(_written - _read)));
            _bytes.AsSpan(at, count).CopyTo(bytes);
            _read += count;
            Monitor.PulseAll(_lock);
            return count;
        }
    }

    /// <summary>Waits until there is something to read.</summary>
    /// <returns>False where the ring has ended and is empty.</returns>
    public bool WaitToRead()
    {
        lock (_lock)
        {
            while (_written == _read && !_ended)
            {
                Monitor.Wait(_lock);
            }

            return _written > _read;
        }
    }

    /// <summary>Waits until there is room.</summary>
    /// <returns>False where the ring has ended.</returns>
    public bool WaitToWrite()
    {
        lock (_lock)
        {
            while (_written - _read == capacity && !_ended)
            {
                Monitor.Wait(_lock);
            }

            return !_ended;
        }
    }

    /// <summary>Ends the ring; what is in it can still be read.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            Monitor.PulseAll(_lock);
        }
    }
}
