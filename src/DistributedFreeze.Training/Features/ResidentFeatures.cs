using System.Runtime.InteropServices;
using DistributedFreeze.Data;
using DistributedFreeze.Inference.Images;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features;

/// <summary>Features that a replica keeps on its device: one row for each image and view, as long as there is room.</summary>
/// <remarks>
/// They are what <see cref="PhaseFeatures"/> keeps anyway, with the same bits, so that nothing but the time depends on how many have room. What has a row keeps
/// it until the phase ends. Belongs to one device thread.
/// </remarks>
internal sealed class ResidentFeatures : IDisposable
{
    private readonly Dictionary<(ImageHash Image, int View), long> _places = [];
    private readonly Tensor _rows;
    private readonly long _capacity;

    private ResidentFeatures(long capacity, int elements, Device device)
    {
        _capacity = capacity;
        _rows = empty(capacity, elements, device: device).DetachFromDisposeScope();
    }

    /// <param name="budget">Bytes that features may take on the device.</param>
    /// <param name="most">Images and views that there are.</param>
    /// <param name="elements">Numbers of one image's features.</param>
    /// <param name="device">The device.</param>
    /// <returns>Null where there is no room for a single image.</returns>
    public static ResidentFeatures? For(long budget, long most, int elements, Device device)
    {
        for (var capacity = Math.Min(most, budget / ((long)elements * sizeof(float))); capacity >= 1; capacity /= 2)
        {
            try
            {
                return new(capacity, elements, device);
            }
            catch (ExternalException)
            {
                // Others have taken memory meanwhile, or it is in pieces: fewer images are kept.
            }
        }

        return null;
    }

    /// <summary>Where the rows lie.</summary>
    public Device Device => _rows.device;

    /// <summary>Images that have a row.</summary>
    public int Count => _places.Count;

    /// <summary>Finds the row of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="view">Which view of it.</param>
    /// <param name="row">Its row.</param>
    public bool TryFind(LabelledImage image, int view, out long row) => _places.TryGetValue((image.Hash, view), out row);

    /// <summary>Keeps an image's features where there is room, and it has no row yet.</summary>
    /// <param name="image">The image.</param>
    /// <param name="view">Which view of it.</param>
    /// <param name="values">(features) on the device; copied.</param>
    public void Keep(LabelledImage image, int view, Tensor values)
    {
        if (_places.Count < _capacity && _places.TryAdd((image.Hash, view), _places.Count))
        {
            using var row = _rows[_places.Count - 1];
            row.copy_(values);
        }
    }

    /// <summary>Copies rows.</summary>
    /// <param name="rows">(images) of row numbers on the device, int64.</param>
    /// <returns>(images, features of one).</returns>
    public Tensor Copy(Tensor rows) => _rows.index_select(0, rows);

    /// <summary>Forgets everything.</summary>
    public void Clear() => _places.Clear();

    public void Dispose() => _rows.Dispose();
}
