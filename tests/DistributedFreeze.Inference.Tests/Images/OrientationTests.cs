using System.Text;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>An image is the same whichever way up its file holds it, in every format that can say so.</summary>
public sealed class OrientationTests : IDisposable
{
    // Of 8 x 8 pixels.
    private static readonly int[] Corners = [0, 7, 56, 63];

    // As EXIF 2.32 defines orientations 1 to 8, of a file with red, green, blue and white corners.
    private static readonly string[] Upright = ["RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB"];

    private static readonly byte[] Jpeg = EncodedImages.Corners(SKEncodedImageFormat.Jpeg);
    private static readonly byte[] Png = EncodedImages.Corners(SKEncodedImageFormat.Png);
    private static readonly byte[] Webp = EncodedImages.Corners(SKEncodedImageFormat.Webp);

    private readonly DrawnFolder _folder = new();

    public static TheoryData<string, int> Files
    {
        get
        {
            var files = new TheoryData<string, int>();
            foreach (var name in Encodings.Keys.Order(StringComparer.Ordinal))
            {
                for (var orientation = 1; orientation <= 8; orientation++)
                {
                    files.Add(name, orientation);
                }
            }

            return files;
        }
    }

    private static Dictionary<string, Func<int, byte[]>> Encodings { get; } = new()
    {
        ["jpeg"] = o => EncodedImages.JpegWith(Jpeg, EncodedImages.Exif(o)),
        ["jpeg, little-endian"] = o => EncodedImages.JpegWith(Jpeg, EncodedImages.Exif(o, littleEndian: true)),
        ["jpeg, long"] = o => EncodedImages.JpegWith(Jpeg, EncodedImages.Exif(o, type: 4)),
        ["jpeg, byte"] = o => EncodedImages.JpegWith(Jpeg, EncodedImages.Exif(o, type: 1)),
        ["jpeg, fill bytes and another APP1 before"] = o =>
            [.. Jpeg[..2], 0xFF, 0xE1, 0, 5, 1, 2, 3, 0xFF, 0xFF, .. EncodedImages.JpegWith(Jpeg, EncodedImages.Exif(o))[3..]],
        ["png"] = o => EncodedImages.PngWith(Png, "eXIf", EncodedImages.Exif(o)),
        ["png, little-endian"] = o => EncodedImages.PngWith(Png, "eXIf", EncodedImages.Exif(o, littleEndian: true)),
        ["png, behind the pixels"] = o => EncodedImages.PngWith(Png, "eXIf", EncodedImages.Exif(o), last: true),
        ["png, marked as in JPEG"] = o => EncodedImages.PngWith(Png, "eXIf", [.. "Exif\0\0"u8, .. EncodedImages.Exif(o)]),
        ["png, raw profile"] = o => EncodedImages.PngWith(Png, "tEXt", EncodedImages.RawProfile(EncodedImages.Exif(o), compressed: false)),
        ["png, raw profile, compressed"] = o => EncodedImages.PngWith(Png, "zTXt", EncodedImages.RawProfile(EncodedImages.Exif(o), compressed: true)),
        ["png, raw profile, APP1"] = o => EncodedImages.PngWith(Png, "zTXt", EncodedImages.RawProfile(EncodedImages.Exif(o), compressed: true, "APP1")),
        ["webp"] = o => EncodedImages.WebpWith(Webp, 64, 32, EncodedImages.Exif(o)),
        ["webp, little-endian"] = o => EncodedImages.WebpWith(Webp, 64, 32, EncodedImages.Exif(o, littleEndian: true)),
        ["webp, marked as in JPEG"] = o => EncodedImages.WebpWith(Webp, 64, 32, [.. "Exif\0\0"u8, .. EncodedImages.Exif(o), 0]),
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_TurnsAnImageUpright(string encoding, int orientation) =>
        Assert.Equal(Upright[orientation - 1], CornersOf(Encodings[encoding](orientation)));

    /// <summary>Of Pillow 9.4.0, orientation 6: <c>exif_transpose(im).convert("RGB").resize((2, 2), BILINEAR).tobytes()</c>.</summary>
    [Theory]
    [InlineData(
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABgAAAAAAANZnS2kAAAAfSURBVHicBcGhDQAACAOwkqBQ/H/lNIq2bgYr6A0EPDx4BAQ3t9BMAAAAAElFTkSuQmCC")]
    [InlineData(
        "UklGRmoAAABXRUJQVlA4WAoAAAAIAAAAAwAAAQAAVlA4TCkAAAAvA0AAAB8gEEhC2B91EiFBcoH/K80mIQFhgv8rZWn+448KBC/Qj+h/BABFWElGGgAAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA")]
    public void Read_GivesPillowsBytesOfATurnedImage(string file)
    {
        _folder.Bytes("x", Convert.FromBase64String(file));

        Assert.Equal([44, 250, 44, 216, 10, 44, 216, 250, 216, 44, 10, 216], Read(2));
    }

    public static TheoryData<string, byte[]> WithoutOrientation => new()
    {
        { "0 is none", EncodedImages.PngWith(Png, "eXIf", EncodedImages.Exif(0)) },
        { "9 is none", EncodedImages.JpegWith(Jpeg, EncodedImages.Exif(9)) },
        { "text is no number", EncodedImages.PngWith(Png, "eXIf", EncodedImages.Exif(6, type: 2)) },
        { "no TIFF", EncodedImages.PngWith(Png, "eXIf", [1, 2, 3]) },
        { "nothing", EncodedImages.PngWith(Png, "eXIf", []) },
        { "directory outside", EncodedImages.PngWith(Png, "eXIf", [.. "MM\0*"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 1, 0x12]) },
        { "directory cut", EncodedImages.PngWith(Png, "eXIf", [.. "MM\0*"u8, 0, 0, 0, 8, 0, 9, 1, 0x12, 0, 3]) },
        { "another text", EncodedImages.PngWith(Png, "tEXt", "Comment\0Raw profile type exif"u8.ToArray()) },
        { "text of no profile", EncodedImages.PngWith(Png, "tEXt", "Raw profile type exif\0\nexif\n  4\nzz"u8.ToArray()) },
        { "profile that is not compressed", EncodedImages.PngWith(Png, "zTXt", "Raw profile type exif\0\0\nexif\n  1\n00"u8.ToArray()) },
        { "chunk that is not announced, as libwebp has it", EncodedImages.WebpWith(Webp, 64, 32, EncodedImages.Exif(6), flagged: false) },
    };

    [Theory]
    [MemberData(nameof(WithoutOrientation))]
    public void Read_LeavesAnImageThatSaysNothing(string what, byte[] file)
    {
        Assert.NotEmpty(what);

        Assert.Equal("RGBW", CornersOf(file));
    }

    [Fact]
    public void Read_TakesWhatIsLongerThanItCanBe()
    {
        // A length of 4 GB in the last chunk; the decoder takes what was there before it.
        var png = EncodedImages.PngWith(Png, "eXIf", EncodedImages.Exif(3));

        Assert.Equal("WBGR", CornersOf([.. png, 0xFF, 0xFF, 0xFF, 0xFF, .. "eXIf"u8, 0, 0, 0, 0]));
    }

    [Theory]
    [InlineData(4000, "")]
    [InlineData(1, "a\n")]
    public void Read_LooksIntoOneTextOfAFile_AndNotFar(int chunks, string line)
    {
        // A file of thousands, or of a long one, took gigabytes.
        byte[] text = line.Length == 0 ? [.. "Raw profile type exif\0"u8, 0, 1, 2, 3] : EncodedImages.RawProfile(EncodedImages.Exif(3), compressed: false);
        byte[] content = [.. text, .. Enumerable.Repeat(Encoding.ASCII.GetBytes(line), 2_000_000).SelectMany(bytes => bytes)];
        var one = EncodedImages.PngWith(Png, line.Length == 0 ? "zTXt" : "tEXt", content)[33..^(Png.Length - 33)];
        byte[] png = [.. Png[..33], .. Enumerable.Repeat(one, chunks).SelectMany(bytes => bytes), .. Png[33..]];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal("RGBW", CornersOf(png));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    private string CornersOf(byte[] file)
    {
        _folder.Bytes("x", file);
        var rgb = Read(8);
        return string.Concat(Corners.Select(i => (rgb[i * 3] > 128, rgb[(i * 3) + 1] > 128, rgb[(i * 3) + 2] > 128) switch
        {
            (true, false, false) => 'R',
            (false, true, false) => 'G',
            (false, false, true) => 'B',
            (true, true, true) => 'W',
            _ => '?',
        }));
    }

    private byte[] Read(int size)
    {
        var rgb = new byte[size * size * 3];
        new ImageDecoder(size, ResizeMode.Stretch, maxPixels: 500_000).Read(_folder.At("x"), rgb);
        return rgb;
    }
}
