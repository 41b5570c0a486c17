using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>Small copies of image files, for pages that show them. Thread-safe.</summary>
public static class Thumbnail
{
    private const int Quality = 80;

    /// <summary>Makes a JPEG of an image's middle square.</summary>
    /// <param name="image">The image file, or what else holds it.</param>
    /// <param name="size">Height and width of the result in pixels, 1 to 4,096.</param>
    /// <param name="maxPixels">Pixels above which the file is refused, at least 1.</param>
    /// <returns>The bytes of the JPEG file.</returns>
    /// <exception cref="InvalidInputException">The file cannot be read as an image.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static byte[] Jpeg(ImageContent image, int size, long maxPixels = DataSpec.DefaultMaxPixels)
    {
        var rgb = new byte[size * size * 3];
        new ImageDecoder(size, ResizeMode.Crop, maxPixels).Read(image, rgb);
        using var bitmap = new SKBitmap(size, size, SKColorType.Rgb888x, SKAlphaType.Opaque);
        var pixels = bitmap.GetPixelSpan();
        for (var i = 0; i < size * size; i++)
        {
            rgb.AsSpan(i * 3, 3).CopyTo(pixels[(i * 4)..]);
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }
}
