using SkiaSharp;

namespace DistributedFreeze.Training.Data;

/// <summary>The file extensions that make a file an image file, and the format that each promises.</summary>
internal static class ImageFormats
{
    public const string Names = ".jpg, .jpeg, .png, .webp or .bmp";

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
