using System.Globalization;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using SkiaSharp;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Decoding;

/// <summary>Images a second that one core decodes to squares: ours, beside bare SkiaSharp and Pillow, each whole and at a JPEG's reduced scale.</summary>
/// <remarks>A reduced scale leaves out coefficients of a JPEG, and gives other pixels than the whole image resized: it is what leaving them out would bring.</remarks>
internal static class DecodeBenchmark
{
    private const int Size = 224;
    private const int MostImages = 200;

    private static readonly SKSamplingOptions Linear = new(SKFilterMode.Linear, SKMipmapMode.Linear);

    /// <summary>Of a phone's photograph.</summary>
    private static readonly SKSizeI Large = new(4_000, 3_000);

    /// <param name="photographs">A folder of JPEG files, with folders in it.</param>
    /// <param name="python">The interpreter, with Pillow; null leaves Pillow out.</param>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="progress">Takes a line per measurement.</param>
    public static Table Run(string photographs, string? python, int rounds, Action<string> progress)
    {
        var files = Directory.EnumerateFiles(photographs, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
        {
            throw new FileNotFoundException($"There is no .jpg file in {photographs}.");
        }

        var few = files.Where((_, i) => i % Math.Max(1, files.Count / MostImages) == 0).Take(MostImages).Select(File.ReadAllBytes).ToList();
        var large = few.Take(5).Select(Enlarged).ToList();

        var table = new Table().AddColumns("images", "decoder", "images/s of one core", "of SkiaSharp's decoding alone (range)");
        foreach (var (name, images) in ((string, List<byte[]>)[])[(NameOf(few[0]), few), (NameOf(large[0]), large)])
        {
            Measure(name, images, python, rounds, progress, table);
        }

        return table;
    }

    private static void Measure(string name, List<byte[]> images, string? python, int rounds, Action<string> progress, Table table)
    {
        const string Bare = "SkiaSharp, decoding alone";
        var decoder = new ImageDecoder(Size, ResizeMode.Stretch, maxPixels: 100_000_000);
        var square = new byte[Size * Size * 3];
        var subjects = new Rounds();
        var names = new List<string>();
        using var pillow = python is null ? null : new PillowProcess(python, images, Size);
        void Add(string subject, Func<int> run)
        {
            names.Add(subject);
            subjects.Add(subject, run);
        }

        Add("dfreeze", () => Each(images, image => decoder.Decode(image, square)));
        using var whole = new ReusedBitmap();
        using var reduced = new ReusedBitmap();
        using var resized = new SKBitmap(new SKImageInfo(Size, Size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Add(Bare, () => Each(images, image => Decoded(image, scale: 1, whole)));
        Add("SkiaSharp, whole, resized", () => Each(images, image => Decoded(image, scale: 1, whole).ScalePixels(resized, Linear)));
        Add("SkiaSharp, reduced, resized", () => Each(images, image => Decoded(image, ScaleOf(image), reduced).ScalePixels(resized, Linear)));
        if (pillow is not null)
        {
            Add("Pillow, whole, resized", () => pillow.Decode(reduced: false));
            Add("Pillow, reduced, resized", () => pillow.Decode(reduced: true));
        }

        subjects.Run(rounds, progress);
        foreach (var subject in names)
        {
            var ratio = Ratio.Of(subject, "", subjects[subject], subjects[Bare]);
            table.AddRow(name, subject, Text(1 / Ratio.Median([.. subjects[subject].Order()])), $"{Text(ratio.Value)} ({Text(ratio.Min)} to {Text(ratio.Max)})");
        }
    }

    private static int Each(List<byte[]> images, Action<byte[]> decode)
    {
        images.ForEach(decode);
        return images.Count;
    }

    /// <summary>The least of eighths at which a side is not shorter than the square's.</summary>
    private static float ScaleOf(byte[] image)
    {
        using var codec = SKCodec.Create(new SKMemoryStream(image));
        var shorter = Math.Min(codec.Info.Width, codec.Info.Height);
        return Enumerable.Range(1, 8).Select(eighths => eighths / 8f).First(scale => shorter * scale >= Size || scale == 1);
    }

    /// <param name="image">A JPEG file's content.</param>
    /// <param name="scale">Of its sides.</param>
    /// <param name="memory">Holds the result: new memory for each image would cost more than decoding it.</param>
    private static SKBitmap Decoded(byte[] image, float scale, ReusedBitmap memory)
    {
        using var codec = SKCodec.Create(new SKMemoryStream(image));
        var size = codec.GetScaledDimensions(scale);
        var bitmap = memory.Of(size.Width, size.Height);
        return codec.GetPixels(bitmap.Info, bitmap.GetPixels()) == SKCodecResult.Success ? bitmap : throw new InvalidDataException("An image cannot be decoded.");
    }

    private static byte[] Enlarged(byte[] image)
    {
        using var memory = new ReusedBitmap();
        var small = Decoded(image, scale: 1, memory);
        using var large = small.Resize(Large, new SKSamplingOptions(SKCubicResampler.Mitchell));
        using var data = large.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }

    private static string NameOf(byte[] image)
    {
        using var codec = SKCodec.Create(new SKMemoryStream(image));
        return $"{codec.Info.Width} x {codec.Info.Height}";
    }

    /// <summary>The bitmap of before, where it is as large.</summary>
    private sealed class ReusedBitmap : IDisposable
    {
        private SKBitmap? _bitmap;

        public SKBitmap Of(int width, int height)
        {
            if (_bitmap is null || (_bitmap.Width, _bitmap.Height) != (width, height))
            {
                _bitmap?.Dispose();
                _bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
            }

            return _bitmap;
        }

        public void Dispose() => _bitmap?.Dispose();
    }

    private static string Text(double value) => value.ToString(value < 10 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
