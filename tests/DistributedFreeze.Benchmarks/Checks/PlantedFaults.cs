using SkiaSharp;

namespace DistributedFreeze.Benchmarks.Checks;

/// <summary>A copy of a folder of photographs with faults of which it is known where they are: near duplicates in <c>test</c>, and images of <c>train</c> in a wrong class.</summary>
internal static class PlantedFaults
{
    /// <summary>What an image that was moved to another class is called by.</summary>
    public const string Moved = "moved_";

    private const int OfEachClass = 5;
    private const int MovedOfEachClass = 10;

    private static readonly SKSamplingOptions Smooth = new(SKCubicResampler.Mitchell);

    /// <summary>What is done to an image, by name.</summary>
    public static IReadOnlyList<(string Name, Func<SKBitmap, SKBitmap> Change, int Quality)> Changes { get; } =
    [
        ("jpeg50", image => image.Copy(), 50),
        ("brighter", image => Drawn(image, image.Width, image.Height, canvas => canvas.DrawBitmap(image, 0, 0, Smooth, Brighter())), 90),
        ("middle95", image => Middle(image, 0.95f), 90),
        ("middle90", image => Middle(image, 0.90f), 90),
        ("half", image => image.Resize(new SKImageInfo(image.Width / 2, image.Height / 2), Smooth), 90),
        ("turned", image => Drawn(image, image.Width, image.Height, canvas => { canvas.RotateDegrees(3, image.Width / 2f, image.Height / 2f); canvas.DrawBitmap(image, 0, 0, Smooth); }), 90),
        ("mirrored", image => Drawn(image, image.Width, image.Height, canvas => { canvas.Scale(-1, 1, image.Width / 2f, 0); canvas.DrawBitmap(image, 0, 0, Smooth); }), 90),
    ];

    /// <summary>Copies the folder and plants the faults; each class gives the same number of images to each.</summary>
    /// <param name="photographs">A folder with train and test folders of class folders.</param>
    /// <param name="folder">Receives the copy.</param>
    public static void Plant(string photographs, string folder)
    {
        foreach (var file in Directory.EnumerateFiles(photographs, "*.jpg", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(photographs, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        string[] classes = [.. Directory.GetDirectories(Path.Combine(folder, "train")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        foreach (var (number, name) in classes.Index())
        {
            string[] images = [.. Directory.GetFiles(Path.Combine(folder, "train", name)).Order(StringComparer.Ordinal)];
            foreach (var (i, (change, make, quality)) in Changes.Index())
            {
                foreach (var image in images.Skip(i * OfEachClass).Take(OfEachClass))
                {
                    using var bitmap = SKBitmap.Decode(image);
                    using var changed = make(bitmap);
                    using var data = changed.Encode(SKEncodedImageFormat.Jpeg, quality);
                    File.WriteAllBytes(Path.Combine(folder, "test", name, $"{change}_{Path.GetFileName(image)}"), data.ToArray());
                }
            }

            foreach (var (i, image) in images.Skip(Changes.Count * OfEachClass).Take(MovedOfEachClass).Index())
            {
                var wrong = classes[(number + 1 + (i % (classes.Length - 1))) % classes.Length];
                File.Move(image, Path.Combine(folder, "train", wrong, Moved + Path.GetFileName(image)));
            }
        }
    }

    private static SKPaint Brighter() => new() { ColorFilter = SKColorFilter.CreateColorMatrix([1.2f, 0, 0, 0, 0, 0, 1.2f, 0, 0, 0, 0, 0, 1.2f, 0, 0, 0, 0, 0, 1, 0]) };

    private static SKBitmap Middle(SKBitmap image, float share)
    {
        var (width, height) = ((int)(image.Width * share), (int)(image.Height * share));
        return Drawn(image, width, height, canvas => canvas.DrawBitmap(image, -(image.Width - width) / 2f, -(image.Height - height) / 2f, Smooth));
    }

    private static SKBitmap Drawn(SKBitmap image, int width, int height, Action<SKCanvas> draw)
    {
        var drawn = new SKBitmap(image.Info.WithSize(width, height));
        using var canvas = new SKCanvas(drawn);
        draw(canvas);
        return drawn;
    }
}
