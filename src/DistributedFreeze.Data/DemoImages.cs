using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Data;

/// <summary>Draws a small set of four classes to try a cluster with: discs, squares, stripes and triangles.</summary>
/// <remarks>
/// Position, size, colours and noise vary, and each class leans to a hue of its own that overlaps with its neighbours', so that a linear
/// head on the features of a random network does far better than the 25 % of chance and seldom reaches 100 %.
/// </remarks>
public static class DemoImages
{
    // What tells a folder that Write may replace from one that holds somebody's data. Hidden, so that a scan passes it by.
    internal const string Marker = ".dfreeze-demo";

    /// <summary>Names of the classes, in ordinal order.</summary>
    public static ImmutableArray<string> Classes { get; } = ["disc", "square", "stripes", "triangle"];

    /// <summary>Draws the set into train, val and test folders of class folders, as PNG files.</summary>
    /// <remarks>
    /// The same arguments give the same bytes on one machine. The set is drawn beside the folder and then renamed, so that it is never
    /// half there. A folder that holds an earlier demo set is replaced.
    /// </remarks>
    /// <param name="folder">Where the set goes; made if missing, with its parents.</param>
    /// <param name="seed">Another seed draws other images.</param>
    /// <param name="size">Height and width of an image in pixels, 16 to 1,024.</param>
    /// <param name="trainPerClass">Training images of a class, 1 to 10,000.</param>
    /// <param name="validationPerClass">Validation images of a class, 1 to 10,000.</param>
    /// <param name="testPerClass">Test images of a class, 1 to 10,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="InvalidInputException">The folder is a file, or holds something else than a demo set.</exception>
    /// <exception cref="IOException">Writing failed; the folder is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed; the folder is as it was.</exception>
    public static void Write(
        string folder, int seed = 0, int size = 64, int trainPerClass = 24, int validationPerClass = 8, int testPerClass = 8)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, DataSpec.LargestImage);
        (string Name, int PerClass)[] splits = [("train", trainPerClass), ("val", validationPerClass), ("test", testPerClass)];
        foreach (var (name, perClass) in splits)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(perClass, 1, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(perClass, 10_000, name);
        }

        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        Refuse(folder, target);

        var partial = $"{target}.{Path.GetRandomFileName()}";
        try
        {
            Directory.CreateDirectory(partial);
            File.WriteAllText(Path.Combine(partial, Marker), "Drawn by DistributedFreeze; replaced when drawn again.\n");
            for (var split = 0; split < splits.Length; split++)
            {
                for (var number = 0; number < Classes.Length; number++)
                {
                    var images = Directory.CreateDirectory(Path.Combine(partial, splits[split].Name, Classes[number])).FullName;
                    for (var i = 0; i < splits[split].PerClass; i++)
                    {
                        var name = string.Create(CultureInfo.InvariantCulture, $"{Classes[number]}{i:D4}.png");
                        var random = new KeyedRandom(seed, $"demo {splits[split].Name}", number, i);
                        File.WriteAllBytes(Path.Combine(images, name), Draw(random, number, size));
                    }
                }
            }

            Replace(target, partial);
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }
    }

    private static void Refuse(string folder, string target)
    {
        for (var place = target; !string.IsNullOrEmpty(place); place = Path.GetDirectoryName(place))
        {
            if (File.Exists(place))
            {
                throw new InvalidInputException(folder, $"{(place == target ? "" : $"cannot be made, since {place} ")}is a file; name a folder for the demo images");
            }
        }

        if (Directory.Exists(target) && !File.Exists(Path.Combine(target, Marker)) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new InvalidInputException(folder, "holds something else than demo images; name a new or an empty folder");
        }
    }

    private static void Replace(string target, string partial)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(partial, target);
            return;
        }

        var old = partial + ".old";
        Directory.Move(target, old);
        try
        {
            Directory.Move(partial, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }

        Directory.Delete(old, recursive: true);
    }

    private static byte[] Draw(KeyedRandom random, int number, int size)
    {
        var info = new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var surface = SKSurface.Create(info) ?? throw new InvalidOperationException($"Skia makes no {size} x {size} surface.");

        // Hues of the classes are 90 degrees apart and spread by 30: neighbours overlap a little.
        var hue = Hue((number * 90) + (30 * random.NextNormal()));
        surface.Canvas.Clear(SKColor.FromHsv(Hue(hue + 180), 20, (float)(45 + (35 * random.NextDouble()))));
        using var paint = new SKPaint
        {
            IsAntialias = true,
            Color = SKColor.FromHsv(hue, (float)(45 + (50 * random.NextDouble())), (float)(50 + (50 * random.NextDouble()))),
        };
        var radius = (float)(size * (0.18 + (0.2 * random.NextDouble())));
        var x = (float)(radius + ((size - (2 * radius)) * random.NextDouble()));
        var y = (float)(radius + ((size - (2 * radius)) * random.NextDouble()));
        DrawShape(surface.Canvas, Classes[number], x, y, radius, paint);

        using var pixels = surface.PeekPixels();
        AddNoise(random, pixels.GetPixelSpan<byte>(), deviation: 6 + (18 * random.NextDouble()));
        using var png = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Sub, 6))
            ?? throw new InvalidOperationException("Skia encodes no PNG.");
        return png.ToArray();
    }

    private static void DrawShape(SKCanvas canvas, string name, float x, float y, float radius, SKPaint paint)
    {
        switch (name)
        {
            case "disc":
                canvas.DrawCircle(x, y, radius, paint);
                break;
            case "square":
                canvas.DrawRect(x - radius, y - radius, 2 * radius, 2 * radius, paint);
                break;
            case "stripes":
                for (var stripe = -2; stripe <= 2; stripe++)
                {
                    canvas.DrawRect(x - radius, y + (radius * ((stripe * 0.4f) - 0.1f)), 2 * radius, radius * 0.2f, paint);
                }

                break;
            default:
                using (var corners = new SKPathBuilder())
                {
                    corners.AddPoly([new(x, y - radius), new(x + radius, y + radius), new(x - radius, y + radius)], close: true);
                    using var triangle = corners.Detach();
                    canvas.DrawPath(triangle, paint);
                }

                break;
        }
    }

    private static void AddNoise(KeyedRandom random, Span<byte> rgba, double deviation)
    {
        for (var i = 0; i < rgba.Length; i++)
        {
            if (i % 4 != 3)
            {
                rgba[i] = (byte)Math.Clamp(Math.Round(rgba[i] + (deviation * random.NextNormal())), 0, 255);
            }
        }
    }

    private static float Hue(double degrees) => (float)(((degrees % 360) + 360) % 360);
}
