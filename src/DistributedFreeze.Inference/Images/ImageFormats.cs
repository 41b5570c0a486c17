using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>The file extensions that make a file an image file, and the format that each promises.</summary>
public static class ImageFormats
{
    /// <summary>The extensions, for a sentence.</summary>
    public const string Names = ".jpg, .jpeg, .png, .webp or .bmp";

    /// <summary>Whether a file's name makes it an image file; its content is not looked at.</summary>
    /// <param name="fileName">Its name or path.</param>
    public static bool Includes(string fileName) => Promised(fileName) is not null;

    /// <summary>What a file's name promises; its content is not looked at.</summary>
    /// <param name="fileName">Its name or path.</param>
    /// <returns>The format that the extension promises, whatever its case; null where the file is no image file.</returns>
    public static SKEncodedImageFormat? Promised(string fileName) => Path.GetExtension(fileName).ToUpperInvariant() switch
    {
        ".JPG" or ".JPEG" => SKEncodedImageFormat.Jpeg,
        ".PNG" => SKEncodedImageFormat.Png,
        ".WEBP" => SKEncodedImageFormat.Webp,
        ".BMP" => SKEncodedImageFormat.Bmp,
        _ => null,
    };
}
