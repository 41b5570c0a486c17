using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Augmentation;

/// <summary>One view of the images as a source of pixels like any other. Thread-safe.</summary>
internal sealed class AugmentedView : IPixelSource
{
    private readonly AugmentedPixels _pixels;
    private readonly int _view;
    private readonly Func<ImageContent, ImageHash> _hashOf;

    /// <param name="pixels">Gives all views.</param>
    /// <param name="view">The view, from 0; view 0 is the image as it is.</param>
    /// <param name="hashOf">Gives the hash of an image's content; called from all threads at once.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="view"/> is negative.</exception>
    public AugmentedView(AugmentedPixels pixels, int view, Func<ImageContent, ImageHash> hashOf)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        _pixels = pixels;
        _view = view;
        _hashOf = hashOf;
    }

    /// <inheritdoc/>
    public int Size => _pixels.Size;

    /// <inheritdoc/>
    public void Read(ImageContent image, Span<byte> rgb) => _pixels.Read(image, _view, _hashOf(image), rgb);

    /// <inheritdoc/>
    public void Read(ImageContent image, ImageHash expected, Span<byte> rgb) => _pixels.Read(image, _view, expected, rgb);
}
