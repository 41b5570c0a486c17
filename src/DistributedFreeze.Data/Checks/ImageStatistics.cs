using System.Collections.Immutable;
using DistributedFreeze.Inference.Images;
using SkiaSharp;

namespace DistributedFreeze.Data.Checks;

/// <summary>What images of a folder are like, taken together. Immutable.</summary>
public sealed record ImageStatistics
{
    /// <summary>The images.</summary>
    public required int Count { get; init; }

    /// <summary>The one of the fewest pixels.</summary>
    public required ImageSize Smallest { get; init; }

    /// <summary>The one in the middle, by pixels.</summary>
    public required ImageSize Median { get; init; }

    /// <summary>The one of the most pixels.</summary>
    public required ImageSize Largest { get; init; }

    /// <summary>Images with a side shorter than the network's input: they are enlarged, which adds nothing to see.</summary>
    public required int Enlarged { get; init; }

    /// <summary>How many there are of each format, the commonest first.</summary>
    public required ImmutableArray<CountedKind> Formats { get; init; }

    /// <summary>How many there are of each kind of pixels, the commonest first: <c>RGB</c>, <c>gray</c>, <c>palette</c>, <c>CMYK</c> or <c>other</c>.</summary>
    public required ImmutableArray<CountedKind> Colors { get; init; }

    /// <summary>Images that may have transparent pixels, which are drawn on white.</summary>
    public required int Transparent { get; init; }

    /// <summary>Images that EXIF data turn upright.</summary>
    public required int Turned { get; init; }

    /// <param name="images">The images, at least one.</param>
    /// <param name="input">Height and width of the network's input.</param>
    internal static ImageStatistics Of(IReadOnlyCollection<ImageFacts> images, int input)
    {
        ImmutableArray<ImageSize> sizes =
        [
            .. images.Select(image => new ImageSize(image.Width, image.Height)).OrderBy(size => size.Pixels).ThenBy(size => size.Width),
        ];
        return new()
        {
            Count = images.Count,
            Smallest = sizes[0],
            Median = sizes[sizes.Length / 2],
            Largest = sizes[^1],
            Enlarged = sizes.Count(size => Math.Min(size.Width, size.Height) < input),
            Formats = Counted(images.Select(image => NameOf(image.Format))),
            Colors = Counted(images.Select(image => NameOf(image.Colors))),
            Transparent = images.Count(image => image.HasAlpha),
            Turned = images.Count(image => image.IsTurned),
        };
    }

    private static ImmutableArray<CountedKind> Counted(IEnumerable<string> names) =>
        [.. names.CountBy(name => name).OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal).Select(count => new CountedKind(count.Key, count.Value))];

    private static string NameOf(SKEncodedImageFormat format) => format switch
    {
        SKEncodedImageFormat.Webp => "WebP",
        _ => format.ToString().ToUpperInvariant(),
    };

    private static string NameOf(ColorMode? colors) => colors switch
    {
        ColorMode.Gray => "gray",
        ColorMode.Palette => "palette",
        ColorMode.Cmyk => "CMYK",
        ColorMode.Rgb => "RGB",
        _ => "other",
    };
}

/// <summary>A kind and how many there are of it.</summary>
/// <param name="Name">The kind.</param>
/// <param name="Count">How many.</param>
public sealed record CountedKind(string Name, int Count);

/// <summary>Size of an image in pixels, upright.</summary>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
public sealed record ImageSize(int Width, int Height)
{
    /// <summary>Width times height.</summary>
    internal long Pixels => (long)Width * Height;

    /// <returns>Such as <c>512 x 384</c>.</returns>
    public override string ToString() => $"{Width} x {Height}";
}
