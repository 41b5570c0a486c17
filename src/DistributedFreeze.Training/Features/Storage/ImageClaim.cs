using DistributedFreeze.Training.Data;
namespace DistributedFreeze.Training.Features.Storage;

/// <summary>One thread's word that it computes an image's features now; ends once, however often it's disposed.</summary>
internal sealed class ImageClaim(SharedSet set, ImageHash image, IDisposable? elsewhere) : IDisposable
{
    private int _ended;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            // For other processes first: a thread here that finds it free must find it free there.
            elsewhere?.Dispose();
            set.Unclaim(image);
        }
    }
}
