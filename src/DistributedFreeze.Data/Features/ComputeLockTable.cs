using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>Which images' features threads of this process are computing, and when one of them is through. Thread-safe.</summary>
internal sealed class ComputeLockTable
{
    private readonly object _gate = new(); // a monitor's: threads wait on it
    private readonly HashSet<ImageHash> _claimed = [];
    private long _ended;

    /// <summary>Claims that have ended so far.</summary>
    public long Ended
    {
        get
        {
            lock (_gate)
            {
                return _ended;
            }
        }
    }

    /// <summary>Claims an image.</summary>
    /// <returns>False where a thread of this process computes it.</returns>
    public bool TryAdd(in ImageHash image)
    {
        lock (_gate)
        {
            return _claimed.Add(image);
        }
    }

    /// <summary>Takes back what could not be claimed elsewhere: no claim has ended, but who saw it looks again.</summary>
    public void Withdraw(in ImageHash image)
    {
        lock (_gate)
        {
            _claimed.Remove(image);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends a claim.</summary>
    public void Remove(in ImageHash image)
    {
        lock (_gate)
        {
            _claimed.Remove(image);
            _ended++;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until a claim ends, where a thread of this process holds one of some images.</summary>
    /// <param name="seen"><see cref="Ended"/> as it was before the images were looked at: what has ended since is not waited for.</param>
    /// <param name="images">The images.</param>
    /// <param name="pause">How long to wait where none of them is claimed here: nothing tells when another process is through.</param>
    /// <returns>Whether a claim has ended; false after the pause.</returns>
    public bool WaitForEnd(long seen, IReadOnlyList<ImageHash> images, TimeSpan pause)
    {
        lock (_gate)
        {
            while (_ended == seen)
            {
                if (images.Any(image => _claimed.Contains(image)))
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
}
