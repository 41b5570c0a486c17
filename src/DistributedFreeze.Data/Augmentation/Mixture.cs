using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Augmentation;

/// <summary>What one view of an image is mixed with, and how much of it stays.</summary>
/// <param name="Partner">The other image: an index into the training images.</param>
/// <param name="Share">The image's own share, of its pixels and of its label, 0 to 1.</param>
/// <param name="Box">The part of the view that is the other image's; null where all pixels are mixed.</param>
internal readonly record struct Mixture(int Partner, float Share, PixelBox? Box)
{
    /// <summary>Mixes pixels in their place: in single precision, rounded half up, the same bits on every machine.</summary>
    /// <param name="rgb">The image's, [row, column, channel].</param>
    /// <param name="other">The other's, of the same size.</param>
    /// <param name="size">Height and width in pixels.</param>
    public void Apply(Span<byte> rgb, ReadOnlySpan<byte> other, int size)
    {
        const int Channels = 3;
        if (Box is { } box)
        {
            for (var row = box.Top; row < box.Top + box.Height; row++)
            {
                var (from, length) = ((row * size + box.Left) * Channels, box.Width * Channels);
                other.Slice(from, length).CopyTo(rgb.Slice(from, length));
            }

            return;
        }

        if (Share >= 1)
        {
            return; // the box had no pixel
        }

        var rest = 1 - Share;
        for (var i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)(Share * rgb[i] + rest * other[i] + 0.5f);
        }
    }
}
