using System.Runtime.InteropServices;
using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>Turns an image upright as its EXIF orientation says (EXIF 2.32, tag 0x0112).</summary>
internal static class Orientation
{
    /// <summary>Copies [height, width] RGBA pixels into their upright places.</summary>
    /// <returns>Width and height of the upright image.</returns>
    public static (int Width, int Height) Apply(SKEncodedOrigin origin, ReadOnlySpan<byte> rgba, int width, int height, Span<byte> upright)
    {
        var from = MemoryMarshal.Cast<byte, uint>(rgba);
        var to = MemoryMarshal.Cast<byte, uint>(upright);

        // Upright (0, 0) is read from `start`; a step right and a step down move by so many pixels.
        var (right, bottom) = (width - 1, (height - 1) * width);
        var (start, across, down) = origin switch
        {
            SKEncodedOrigin.TopRight => (right, -1, width),
            SKEncodedOrigin.BottomRight => (bottom + right, -1, -width),
            SKEncodedOrigin.BottomLeft => (bottom, 1, -width),
            SKEncodedOrigin.LeftTop => (0, width, 1),
            SKEncodedOrigin.RightTop => (bottom, -width, 1),
            SKEncodedOrigin.RightBottom => (bottom + right, -width, -1),
            SKEncodedOrigin.LeftBottom => (right, width, -1),
            _ => (0, 1, width),
        };
        var turned = origin >= SKEncodedOrigin.LeftTop;
        var (newWidth, newHeight) = turned ? (height, width) : (width, height);
        for (var y = 0; y < newHeight; y++)
        {
            var source = start + (y * down);
            foreach (ref var pixel in to.Slice(y * newWidth, newWidth))
            {
                pixel = from[source];
                source += across;
            }
        }

        return (newWidth, newHeight);
    }
}
