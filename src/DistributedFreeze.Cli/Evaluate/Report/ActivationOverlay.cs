using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;
using SkiaSharp;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>Draws a class-activation map to be laid over a thumbnail, which shows the middle square of its image.</summary>
internal static class ActivationOverlay
{
    /// <summary>Pixels along a side: a map has 7 places or so, and a browser scales smoothly.</summary>
    private const int Side = 56;

    /// <summary>Opacity of the place that counts the most, 0 to 255.</summary>
    private const double MostOpaque = 140;

    private static readonly SKColor For = new(255, 80, 0);
    private static readonly SKColor Against = new(0, 90, 255);

    /// <summary>Computes and draws one.</summary>
    /// <param name="activations">The network's.</param>
    /// <param name="image">The image file, or what else holds it.</param>
    /// <param name="number">Number of the class.</param>
    /// <param name="mode">How images become square for the network.</param>
    /// <returns>A PNG; null where the file cannot be read any more.</returns>
    public static byte[]? Of(ClassActivations activations, ImageContent image, int number, ResizeMode mode)
    {
        try
        {
            return ImageFacts.Read(image) is { } facts ? Png(activations.Map(image, number), Seen(mode, facts)) : null;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    /// <summary>Draws a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="seen">How wide and high what the network sees is, the thumbnail being 1 by 1; both have the same middle.</param>
    public static byte[] Png(ActivationMap map, (double Width, double Height) seen)
    {
        var most = map.Values.Max(MathF.Abs);
        using var bitmap = new SKBitmap(Side, Side, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        for (var row = 0; row < Side; row++)
        {
            for (var column = 0; column < Side; column++)
            {
                var (x, y) = (Place(column, seen.Width), Place(row, seen.Height));
                var value = most > 0 && x is >= 0 and <= 1 && y is >= 0 and <= 1 ? At(map, x, y) / most : 0;
                bitmap.SetPixel(column, row, (value > 0 ? For : Against).WithAlpha((byte)Math.Round(MostOpaque * Math.Abs(value))));
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>What the network sees of an image, beside its middle square.</summary>
    private static (double Width, double Height) Seen(ResizeMode mode, ImageFacts facts)
    {
        double side = Math.Min(facts.Width, facts.Height);
        return mode switch
        {
            ResizeMode.Stretch => (facts.Width / side, facts.Height / side),
            ResizeMode.Imagenet => (7.0 / 8, 7.0 / 8),
            _ => (1, 1),
        };
    }

    /// <summary>Where the middle of a pixel lies in what the network sees, 0 to 1 within.</summary>
    private static double Place(int pixel, double seen) => 0.5 + ((((pixel + 0.5) / Side) - 0.5) / seen);

    /// <summary>Bilinear, and the nearest place beyond the outermost middles.</summary>
    private static double At(ActivationMap map, double x, double y)
    {
        var (column, row) = (Math.Clamp((x * map.Width) - 0.5, 0, map.Width - 1), Math.Clamp((y * map.Height) - 0.5, 0, map.Height - 1));
        var (left, top) = ((int)column, (int)row);
        var (right, bottom) = (Math.Min(left + 1, map.Width - 1), Math.Min(top + 1, map.Height - 1));
        var (across, down) = (column - left, row - top);
        double Value(int at, int of) => map.Values[(of * map.Width) + at];
        return ((1 - down) * (((1 - across) * Value(left, top)) + (across * Value(right, top)))) + (down * (((1 - across) * Value(left, bottom)) + (across * Value(right, bottom))));
    }
}
