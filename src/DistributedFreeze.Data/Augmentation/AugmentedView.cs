using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Augmentation;

/// <summary>One view of the images as a source of pixels like any other. Thread-safe.</summary>
internal sealed class AugmentedView : IPixelSource
{
    private readonly AugmentedPixels _pixels;
    private readonly int _view;
    private readonly Func<string, ImageHash> _hashOf;

    /// <param name="pixels">Gives all views.</param>
    /// <param name="view">The view, from 0; view 0 is the image as it is.</param>
    /// <param name="hashOf">Gives the content hash of a file by its full path; called from all threads at once.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="view"/> is negative.</exception>
    public AugmentedView(AugmentedPixels pixels, int view, Func<string, ImageHash> hashOf)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        _pixels = pixels;
        _view = view;
        _hashOf = hashOf;
    }

    /// <inheritdoc/>
    public int Size => _pixels.Size;

    /// <inheritdoc/>
    public void Read(string path, Span<byte> rgb) => _pixels.Read(path, _view, _hashOf(path), rgb);

    /// <inheritdoc/>
    public void Read(string path, ImageHash expected, Span<byte> rgb) => _pixels.Read(path, _view, expected, rgb);
}
