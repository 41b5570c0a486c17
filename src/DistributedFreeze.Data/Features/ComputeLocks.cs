using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>Which images' features threads of this process are computing, and when one of them is through. Thread-safe.</summary>
internal sealed class ComputeLocks
{
    private readonly object _gate = new(); // a monitor's: threads wait on it
    private readonly HashSet<ImageHash> _taken = [];
    private long _ended;

    /// <summary>Locks that have ended so far.</summary>
    public long Ended => Volatile.Read(ref _ended);

    /// <summary>Takes the lock on computing an image's features.</summary>
    /// <param name="image">The image.</param>
    /// <param name="elsewhere">What keeps other processes off; it ends with the lock, or now where there is none. Null where there are no others.</param>
    /// <returns>What ends it, once however often it's disposed; null where a thread of this process has it.</returns>
    public IDisposable? TryTake(in ImageHash image, IDisposable? elsewhere)
    {
        lock (_gate)
        {
            if (_taken.Add(image))
            {
                return new ComputeLock(this, image, elsewhere);
            }
        }

        elsewhere?.Dispose();
        return null;
    }

    /// <summary>Waits until a lock ends, where a thread of this process holds one on any of some images.</summary>
    /// <param name="seen"><see cref="Ended"/> as it was before the images were looked at: what has ended since is not waited for.</param>
    /// <param name="images">The images.</param>
    /// <param name="pause">How long to wait where none of them is locked here: nothing tells when another process is through.</param>
    /// <returns>Whether a lock has ended; false after the pause.</returns>
    public bool WaitForEnd(long seen, IReadOnlyList<ImageHash> images, TimeSpan pause)
    {
        lock (_gate)
        {
            while (_ended == seen)
            {
                if (images.Any(image => _taken.Contains(image)))
                {
                    Monitor.Wait(_gate);
                }
                else if (!Monitor.Wait(_gate, pause))
                {
                    return false;
                }
            }

            return true;
        }
    }

    private void End(in ImageHash image)
    {
        lock (_gate)
        {
            _taken.Remove(image);
            _ended++;
            Monitor.PulseAll(_gate);
        }
    }

    private sealed class ComputeLock(ComputeLocks here, ImageHash image, IDisposable? elsewhere) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                try
                {
                    // For other processes first: a thread here that finds it free must find it free there.
                    elsewhere?.Dispose();
                }
                finally
                {
                    here.End(image); // come what may: others wait for it
                }
            }
        }
    }
}
