using System.Globalization;
using DistributedFreeze.Data;
using SkiaSharp;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>A folder of JPEG files that take about as long to decode as photographs: coarse and fine colours, and noise. Nobody can learn anything from them.</summary>
internal static class DrawnJpegs
{
    private const int Classes = 4;
    private const int Quality = 90;

    /// <summary>Coarse patches over the width of an image, then finer ones; what each adds is half of what the one before did.</summary>
    private static readonly int[] Patches = [6, 24, 96];

    /// <param name="folder">Gets <c>train</c>, <c>val</c> and <c>test</c>, each with four classes.</param>
    /// <param name="width">Of an image.</param>
    /// <param name="height">Of an image.</param>
    /// <param name="count">Images to train on; there is one of each class to validate and to test with.</param>
    public static void Draw(string folder, int width, int height, int count)
    {
        foreach (var (split, images) in new[] { ("train", count), ("val", Classes), ("test", Classes) })
        {
            for (var number = 0; number < Classes; number++)
            {
                Directory.CreateDirectory(ClassFolder(split, number));
            }

            Parallel.For(0, images, i =>
            {
                using var image = Image(new(1, $"jpeg {split}", i), width, height);
                using var data = image.Encode(SKEncodedImageFormat.Jpeg, Quality);
                using var file = File.Create(Path.Combine(ClassFolder(split, i % Classes), string.Create(CultureInfo.InvariantCulture, $"{i:D5}.jpg")));
                data.SaveTo(file);
            });
        }

        string ClassFolder(string split, int number) => Path.Combine(folder, split, $"class{number}");
    }

    private static SKBitmap Image(KeyedRandom random, int width, int height)
    {
        var whole = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(whole);
        using var paint = new SKPaint();
        byte opacity = 255;
        foreach (var patches in Patches)
        {
            using var small = Noise(random, patches, patches * height / width);
            using var image = SKImage.FromBitmap(small);
            paint.Color = new SKColor(255, 255, 255, opacity);
            canvas.DrawImage(image, new SKRect(0, 0, width, height), new SKSamplingOptions(SKCubicResampler.Mitchell), paint);
            opacity /= 2;
        }

        return whole;
    }

    private static SKBitmap Noise(KeyedRandom random, int width, int height)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, Math.Max(1, height), SKColorType.Rgba8888, SKAlphaType.Opaque));
        foreach (ref var value in bitmap.GetPixelSpan())
        {
            value = (byte)random.NextBelow(256);
        }

        return bitmap;
    }
}
