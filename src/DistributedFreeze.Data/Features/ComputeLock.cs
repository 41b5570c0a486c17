using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>One thread's lock on computing an image's features; ends once, however often it's disposed.</summary>
internal sealed class ComputeLock : IDisposable
{
    private readonly ComputeLockTable _here;
    private readonly ImageHash _image;
    private readonly IDisposable? _elsewhere;
    private int _ended;

    private ComputeLock(ComputeLockTable here, ImageHash image, IDisposable? elsewhere) => (_here, _image, _elsewhere) = (here, image, elsewhere);

    /// <summary>Claims an image against the threads of this process, and against others.</summary>
    /// <param name="here">What threads of this process have claimed.</param>
    /// <param name="disk">The folder that other processes use, too; null where there is none.</param>
    /// <param name="key">What the features depend on.</param>
    /// <param name="image">The image.</param>
    /// <returns>Null where another has claimed it.</returns>
    public static ComputeLock? TryTake(ComputeLockTable here, StoreDisk? disk, FeatureSetKey key, in ImageHash image)
    {
        if (!here.TryAdd(image))
        {
            return null;
        }

        ComputeLock? claim = null;
        try
        {
            var (held, elsewhere) = disk is null ? (true, null) : disk.TryClaim(key, image);
            claim = held ? new(here, image, elsewhere) : null;
        }
        finally
        {
            if (claim is null)
            {
                here.Withdraw(image);
            }
        }

        return claim;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            try
            {
                // For other processes first: a thread here that finds it free must find it free there.
                _elsewhere?.Dispose();
            }
            finally
            {
                _here.Remove(_image); // come what may: others wait for it
            }
        }
    }
}
