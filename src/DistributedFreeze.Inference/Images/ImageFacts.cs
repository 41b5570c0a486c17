using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>What kind of image a file holds: everything here is gone from the pixels that a network gets.</summary>
/// <param name="Width">Width in pixels, as a person sees the image.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Format">Format of the content.</param>
/// <param name="Colors">What the numbers of a pixel are; null where the file does not tell.</param>
/// <param name="HasAlpha">Whether pixels may be transparent.</param>
/// <param name="IsTurned">Whether EXIF says that the stored pixels are not upright.</param>
public sealed record ImageFacts(int Width, int Height, SKEncodedImageFormat Format, ColorMode? Colors, bool HasAlpha, bool IsTurned)
{
    /// <summary>Reads them from a file of a known format; no pixel is decoded.</summary>
    /// <param name="image">The image file, or what else holds it.</param>
    /// <returns>Null where it cannot be read as an image.</returns>
    public static ImageFacts? Read(ImageContent image)
    {
        try
        {
            var file = image.ToArray();
            using var data = SKData.CreateCopy(file);
            using var codec = SKCodec.Create(data);
            if (codec is null)
            {
                return null;
            }

            var origin = ExifOrientation.Of(file, codec.EncodedFormat);
            var (width, height) = (codec.Info.Width, codec.Info.Height);
            return new(
                origin >= SKEncodedOrigin.LeftTop ? height : width,
                origin >= SKEncodedOrigin.LeftTop ? width : height,
                codec.EncodedFormat,
                ImageContainer.Colors(file, codec.EncodedFormat),
                codec.Info.AlphaType is SKAlphaType.Premul or SKAlphaType.Unpremul,
                origin != SKEncodedOrigin.TopLeft);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>What the numbers of a stored pixel are.</summary>
public enum ColorMode
{
    /// <summary>One: how bright it is.</summary>
    Gray = 0,

    /// <summary>Red, green and blue, or what they are computed from.</summary>
    Rgb = 1,

    /// <summary>The number of a colour in a table.</summary>
    Palette = 2,

    /// <summary>Four inks; a decoder turns them into red, green and blue, more or less as they print.</summary>
    Cmyk = 3,
}
