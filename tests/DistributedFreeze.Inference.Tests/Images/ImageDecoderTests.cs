using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

public sealed class ImageDecoderTests : IDisposable
{
    private readonly DrawnFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Read_GivesRedGreenBlue(SKEncodedImageFormat format)
    {
        _folder.Image("x", new SKColor(200, 100, 50), format, width: 40, height: 20);

        var rgb = Read("x", size: 4);

        Assert.Equal(48, rgb.Length);
        Assert.All(rgb.Chunk(3), pixel =>
        {
            Assert.InRange(pixel[0], 197, 203);
            Assert.InRange(pixel[1], 97, 103);
            Assert.InRange(pixel[2], 47, 53);
        });
    }

    [Theory]
    [InlineData(0, 255)]
    [InlineData(128, 127)]
    [InlineData(255, 0)]
    public void Read_PutsWhiteBehindWhatIsTransparent(byte alpha, byte expected)
    {
        _folder.Image("x.png", new SKColor(0, 0, 0, alpha));

        Assert.All(Read("x.png", size: 2), value => Assert.Equal(expected, value));
    }

    [Fact]
    public void AFileThatHasOtherContentByNow_IsRefusedByItsName()
    {
        using var folder = new TemporaryFolder();
        using var bitmap = new SkiaSharp.SKBitmap(4, 4);
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        var path = folder.In("a.png");
        File.WriteAllBytes(path, data.ToArray());
        var decoder = new ImageDecoder(4, ResizeMode.Stretch, maxPixels: 100);
        var rgb = new byte[4 * 4 * 3];

        decoder.Read(path, ImageHash.Of(data.ToArray()), rgb);
        var refused = Assert.Throws<InvalidInputException>(() => decoder.Read(path, ImageHash.Of([1]), rgb));

        Assert.Equal(path, Assert.Single(refused.Problems).Field);
        Assert.Contains("has changed since the images were listed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TakesGrey16BitAndCmyk()
    {
        // Pillow 9.4.0: Image.new("CMYK", (8, 8), (0, 255, 255, 0)) as JPEG, and Image.new("I;16", (2, 2)) of 0, 0x8080, 0xFFFF, 0x4040 as PNG.
        _folder.Bytes("cmyk.jpg", Convert.FromBase64String(
            "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABQAAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AEAfj8gP/9k="));
        _folder.Bytes("grey16.png", Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACEAAAAAAHTY67AAAAEklEQVR42mNgYGhoYPj/38EBAA5DA39ofOTLAAAAAElFTkSuQmCC"));

        Assert.Equal([255, 0, 0], Read("cmyk.jpg", size: 1).Select(v => v > 250 ? 255 : v < 5 ? 0 : v));
        Assert.Equal([0, 0, 0, 128, 128, 128, 255, 255, 255, 64, 64, 64], Read("grey16.png", size: 2));
    }

    [Fact]
    public void Read_CropsTheMiddle()
    {
        using var bitmap = new SKBitmap(30, 10);
        bitmap.Erase(SKColors.Black);
        bitmap.Erase(SKColors.White, new SKRectI(9, 0, 21, 10));
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        _folder.Bytes("x.png", png.ToArray());

        Assert.All(Read("x.png", size: 5, mode: ResizeMode.Crop), value => Assert.Equal(255, value));
        Assert.Contains((byte)0, Read("x.png", size: 5));
    }

    [Theory]
    [InlineData("cut.jpg", "cut short")]
    [InlineData("cut.png", "cut short")]
    [InlineData("damaged.png", "damaged")]
    [InlineData("text.jpg", "no image")]
    [InlineData("empty.jpg", "0 bytes")]
    [InlineData("huge.png", "1000 x 600 pixels")]
    [InlineData("long.png", "a side above 65,535")]
    [InlineData("missing.jpg", "missing.jpg")]
    [InlineData("folder.jpg", "folder.jpg")]
    public void Read_NamesTheFileThatItCannotDecode(string name, string message)
    {
        _folder.Image("cut.jpg", null, SKEncodedImageFormat.Jpeg, 64, 64).Image("cut.png", width: 64, height: 64);
        foreach (var cut in new[] { "cut.jpg", "cut.png" })
        {
            _folder.Bytes(cut, File.ReadAllBytes(_folder.At(cut))[..^25]);
        }

        var damaged = File.ReadAllBytes(_folder.Image("damaged.png", width: 64, height: 64).At("damaged.png"));
        damaged[^20] ^= 1; // the checksum of the pixels
        _folder.Bytes("damaged.png", damaged);
        _folder.Bytes("text.jpg", "not an image"u8.ToArray()).Bytes("empty.jpg", []).Image("huge.png", width: 1000, height: 600)
            .Image("long.png", width: 1, height: 65_536);
        Directory.CreateDirectory(_folder.At("folder.jpg"));

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => Read(name, size: 8)).Problems);

        Assert.Equal(_folder.At(name), problem.Field);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_GivesTheSameOnManyThreads()
    {
        var decoder = new ImageDecoder(_folder.Spec with { ImageSize = 32 });
        foreach (var i in Enumerable.Range(0, 8))
        {
            _folder.Image($"{i}.png", new SKColor((byte)(i * 30), 0, 9), width: 20 + (i * 40), height: 300 - (i * 30));
        }

        var wrong = 0;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            var rgb = new byte[32 * 32 * 3];
            for (var i = 0; i < 80; i++)
            {
                decoder.Read(_folder.At($"{i % 8}.png"), rgb);
                if (rgb.Chunk(3).Any(p => p[0] != i % 8 * 30 || p[1] != 0 || p[2] != 9))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Read_AllocatesNextToNothingOnceWarm()
    {
        _folder.Image("x.jpg", null, SKEncodedImageFormat.Jpeg, 400, 300);
        var decoder = new ImageDecoder(_folder.Spec);
        var rgb = new byte[224 * 224 * 3];
        decoder.Read(_folder.At("x.jpg"), rgb);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            decoder.Read(_folder.At("x.jpg"), rgb);
        }

        // Skia's own handles and the file's; the pixels would be 480,000 each.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10 * 4000);
    }

    [Fact]
    public void ImpossibleArgumentsAreRefused()
    {
        Assert.Throws<ArgumentException>("rgb", () => new ImageDecoder(_folder.Spec).Read("x", new byte[5]));
        Assert.Throws<ArgumentOutOfRangeException>("maxPixels", () => new ImageDecoder(8, ResizeMode.Stretch, 0));
        Assert.Throws<ArgumentOutOfRangeException>("size", () => new ImageDecoder(5000, ResizeMode.Stretch, 1));
    }

    private byte[] Read(string name, int size, ResizeMode mode = ResizeMode.Stretch)
    {
        var rgb = new byte[size * size * 3];
        new ImageDecoder(size, mode, maxPixels: 500_000).Read(_folder.At(name), rgb);
        return rgb;
    }
}
