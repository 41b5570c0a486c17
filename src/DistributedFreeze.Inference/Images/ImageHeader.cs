using System.Buffers;
using System.Globalization;
using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>What the first bytes of an image file say, read without decoding a pixel.</summary>
/// <param name="Length">Length of the file in bytes.</param>
/// <param name="Format">Format of the content; null where it cannot be read.</param>
/// <param name="Fault">Why the file cannot be used; null where it can.</param>
public sealed record ImageHeader(long Length, SKEncodedImageFormat? Format, string? Fault)
{
    /// <summary>Reads it. Fails never: what is wrong with the file is its fault.</summary>
    /// <param name="image">The file, or what else holds the image.</param>
    /// <param name="maxPixels">Pixels above which the image is refused, at least 1.</param>
    public static ImageHeader Read(ImageContent image, long maxPixels)
    {
        try
        {
            return image is ImageFile file ? ReadFile(file.Path, maxPixels) : ReadPart(image, maxPixels);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unusable(0, e.Message);
        }
    }

    /// <summary>Looks at a size alone.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="maxPixels">Pixels above which the image is refused, at least 1.</param>
    /// <returns>Why an image of this size is refused; null where it is not.</returns>
    public static string? SizeFault(int width, int height, long maxPixels)
    {
        if (Math.Max(width, height) > ImageResizer.LongestSide)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{width} x {height} pixels, a side above {ImageResizer.LongestSide:N0}");
        }

        // The decoder holds four bytes a pixel in one array.
        var limit = Math.Min(maxPixels, Array.MaxLength / 4);
        return (long)width * height <= limit
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{width} x {height} pixels, more than {(limit == maxPixels ? "`data.max_pixels`, which is" : "can be decoded,")} {limit:N0}");
    }

    private static ImageHeader ReadFile(string path, long maxPixels)
    {
        // A link has a length of its own. The length comes before the first read since a pipe, which has none, would wait for ever.
        var file = new FileInfo(path);
        var content = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
        if (content is not { Exists: true })
        {
            return Unusable(0, file.LinkTarget is null ? "there is no such file" : "a link that leads to no file");
        }

        return content.Length == 0 ? Unusable(0, "empty, 0 bytes") : ReadContent(path, content.Length, maxPixels);
    }

    private static ImageHeader ReadPart(ImageContent image, long maxPixels)
    {
        byte[] content = [];
        try
        {
            var length = image.Read(expected => (content = ArrayPool<byte>.Shared.Rent(expected)).AsSpan(0, expected));
            using var stream = new MemoryStream(content, 0, length, writable: false);
            using var codec = SKCodec.Create(stream, out var result);
            return codec is not null ? new(length, codec.EncodedFormat, SizeFault(codec.Info.Width, codec.Info.Height, maxPixels))
                : length == 0 ? Unusable(0, "empty, 0 bytes")
                : Unusable(length, $"no image that can be decoded: {result}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    private static ImageHeader ReadContent(string path, long length, long maxPixels)
    {
        using var codec = SKCodec.Create(path, out var result);
        if (codec is not null)
        {
            return new(length, codec.EncodedFormat, SizeFault(codec.Info.Width, codec.Info.Height, maxPixels));
        }

        // Skia does not tell a file it may not open from one it does not understand; the system does, by throwing.
        using var handle = File.OpenHandle(path);
        return Unusable(length, $"no image that can be decoded: {result}");
    }

    private static ImageHeader Unusable(long length, string fault) => new(length, Format: null, fault);
}
