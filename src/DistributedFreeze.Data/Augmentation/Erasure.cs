using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Augmentation;

/// <summary>Erases a part of an image: what is there becomes the mean colour of ImageNet, which is nothing to a network trained on it.</summary>
internal static class Erasure
{
    /// <summary>The means of red, green and blue that <c>caffe</c> and <c>torch</c> preprocessing take away, in whole numbers.</summary>
    private static ReadOnlySpan<byte> Mean => [124, 117, 104];

    /// <param name="rgb">[row, column, channel].</param>
    /// <param name="box">What is erased.</param>
    /// <param name="size">Height and width of the image in pixels.</param>
    public static void Fill(Span<byte> rgb, PixelBox box, int size)
    {
        for (var row = box.Top; row < box.Top + box.Height; row++)
        {
            for (var column = box.Left; column < box.Left + box.Width; column++)
            {
                Mean.CopyTo(rgb[((row * size + column) * Mean.Length)..]);
            }
        }
    }
}
