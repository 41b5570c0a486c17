using System.Buffers;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Augmentation;

/// <summary>Gives the pixels of any view of an image. Thread-safe.</summary>
/// <remarks>
/// In this order: a random part of the image is scaled to the square, left and right may change places, then brightness, contrast and
/// saturation change, a box may be erased, and the view may be mixed with that of another image. A view that crops decodes the file at full size each time, and the part is stretched whatever the resize
/// mode; any other view begins with the square pixels, which may be kept.
/// </remarks>
internal sealed class AugmentedPixels
{
    private readonly ImageDecoder _decoder;
    private readonly IPixelSource _square;
    private readonly AugmentationSpec? _spec;
    private readonly int _seed;
    private readonly MixedViews? _mixed;
    private readonly Func<LabelledImage, ImageContent>? _contentOf;

    /// <param name="decoder">Decodes the files.</param>
    /// <param name="square">Gives images as they are, of the same size as the decoder's: the decoder, or a store of what it gave.</param>
    /// <param name="spec">What views may do, within its ranges; null makes every view the image as it is.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="mixed">What images are mixed with; null for nothing.</param>
    /// <param name="contentOf">Says where a training image is; needed where they are mixed.</param>
    /// <exception cref="ArgumentException">The two sources are of different sizes.</exception>
    public AugmentedPixels(ImageDecoder decoder, IPixelSource square, AugmentationSpec? spec, int seed, MixedViews? mixed = null, Func<LabelledImage, ImageContent>? contentOf = null)
    {
        if (decoder.Size != square.Size)
        {
            throw new ArgumentException($"The decoder makes images of {decoder.Size} pixels a side, not {square.Size}.", nameof(square));
        }

        _decoder = decoder;
        _square = square;
        _spec = spec;
        _seed = seed;
        (_mixed, _contentOf) = (mixed, contentOf);
    }

    /// <summary>Height and width of every image in pixels.</summary>
    public int Size => _square.Size;

    /// <summary>Bytes of one image: <see cref="Size"/> x <see cref="Size"/> x 3.</summary>
    public int ImageBytes => _square.ImageBytes;

    /// <summary>Writes the pixels of a view.</summary>
    /// <param name="image">Where the image is.</param>
    /// <param name="view">The view, from 0; view 0 is the image as it is.</param>
    /// <param name="hash">The hash of its content, from which the view is drawn.</param>
    /// <param name="rgb">Receives [row, column, channel], channels red, green, blue, each 0 to 255; exactly <see cref="ImageBytes"/> long.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="view"/> is negative.</exception>
    /// <exception cref="ArgumentException"><paramref name="rgb"/> has another length.</exception>
    /// <exception cref="Errors.InvalidInputException">The file has other content by now, or cannot be read or decoded; the problem names it.</exception>
    public void Read(ImageContent image, int view, ImageHash hash, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        if (view == 0 || _spec is null)
        {
            _square.Read(image, hash, rgb);
            return;
        }

        Change(image, view, hash, rgb);
        if (_mixed?.Of(view, hash) is { Share: < 1 } mixture)
        {
            var other = ArrayPool<byte>.Shared.Rent(ImageBytes);
            try
            {
                Change(_contentOf!(_mixed[mixture]), view, _mixed[mixture].Hash, other.AsSpan(0, ImageBytes));
                mixture.Apply(rgb, other.AsSpan(0, ImageBytes), Size);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(other);
            }
        }
    }

    private void Change(ImageContent image, int view, ImageHash hash, Span<byte> rgb)
    {
        var change = AugmentationParameters.Draw(_spec!, _seed, view, hash);
        if (change.Crops)
        {
            _decoder.Read(image, change.Box, rgb, hash);
        }
        else
        {
            _square.Read(image, hash, rgb);
        }

        if (change.Flip)
        {
            Mirror.LeftRight(rgb, Size);
        }

        Colours.Brightness(rgb, change.Brightness);
        Colours.Contrast(rgb, change.Contrast);
        Colours.Saturation(rgb, change.Saturation);
        if (change.ErasedBox(Size) is { } box)
        {
            Erasure.Fill(rgb, box, Size);
        }
    }
}
