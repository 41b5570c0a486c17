using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>A file that lacks its end is no image, whatever a decoder makes of the rest: half a picture teaches the wrong thing.</summary>
[Slow]
public sealed class TruncatedImageTests : IDisposable
{
    // Pillow 9.4.0: a photograph of 24 x 16 pixels, save("JPEG", progressive=True, quality=50), and the same as convert("L").
    private const string Progressive =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wgARCAAQABgDASIAAhEBAxEB/8QAGAAAAgMAAAAAAAAAAAAAAAAAAAQBAwX/xAAVAQEBAAAAAAAAAAAAAAAAAAAAAf/aAAwDAQACEAMQAAAB1JEoYKg//8QAGRAAAwADAAAAAAAAAAAAAAAAAQIDABAT/9oACAEBAAEFAtBwxy060aEeS//EABQRAQAAAAAAAAAAAAAAAAAAABD/2gAIAQMBAT8BP//EABQRAQAAAAAAAAAAAAAAAAAAABD/2gAIAQIBAT8BP//EABoQAQACAwEAAAAAAAAAAAAAAAEAEAIRIRL/2gAIAQEABj8CpBrXoMJ3rP/EABoQAQEAAgMAAAAAAAAAAAAAAAEAEBExUaH/2gAIAQEAAT8hDBQFIlQ6i5xt8v/aAAwDAQACAAMAAAAQx8//xAAUEQEAAAAAAAAAAAAAAAAAAAAQ/9oACAEDAQE/ED//xAAUEQEAAAAAAAAAAAAAAAAAAAAQ/9oACAECAQE/ED//xAAbEAEAAgMBAQAAAAAAAAAAAAABABEhMVFBYf/aAAgBAQABPxDFEAtoPs3chBuPEWWQT2vHHYDUobTQ4T//2Q==";

    private const string GreyProgressive =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/wgALCAAQABgBAREA/8QAGAAAAgMAAAAAAAAAAAAAAAAAAQMCBAX/2gAIAQEAAAAB1CptKf8A/8QAGRAAAwADAAAAAAAAAAAAAAAAAQIDABAT/9oACAEBAAEFAtBwxy060aEeS//EABoQAQACAwEAAAAAAAAAAAAAAAEAEAIRIRL/2gAIAQEABj8CpBrXoMJ3rP/EABoQAQEAAgMAAAAAAAAAAAAAAAEAEBExUaH/2gAIAQEAAT8hDBQFIlQ6i5xt8v/aAAgBAQAAABDn/8QAGxABAAIDAQEAAAAAAAAAAAAAAQARITFRQWH/2gAIAQEAAT8QxRALaD7N3IQbjxFlkE9rxx2A1KG00OE//9k=";

    private readonly DrawnFolder _folder = new();

    public static TheoryData<string, byte[]> Files => new()
    {
        { "progressive JPEG", Convert.FromBase64String(Progressive) },
        { "grey progressive JPEG", Convert.FromBase64String(GreyProgressive) },
        { "baseline JPEG", Encoded(SKEncodedImageFormat.Jpeg, 80) },
        { "lossy WebP", Encoded(SKEncodedImageFormat.Webp, 80) },
        { "lossless WebP", Encoded(SKEncodedImageFormat.Webp, 100) },
    };

    public void Dispose() => _folder.Dispose();

    /// <summary>Pillow, too, refuses every one of these.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Read_RefusesAFileThatLacksAnyOfItsLastBytes(string what, byte[] file)
    {
        _folder.Bytes("whole", file);
        Assert.Null(Fault("whole"));

        var taken = Enumerable.Range(1, file.Length - 1).Where(length => Fault(Cut(file, length)) is null);

        Assert.True(!taken.Any(), $"{what} of {file.Length} bytes was taken with {string.Join(", ", taken)} of them.");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_SaysThatAFileIsCutShort(string what, byte[] file)
    {
        Assert.NotEmpty(what);

        Assert.Equal("cut short: the file ends before its last pixel; replace or remove the file (`dfreeze data check` finds every such file)", Fault(Cut(file, file.Length - 1)));
    }

    [Fact]
    public void Read_TakesWhatFollowsTheEndOfAnImage()
    {
        foreach (var (name, file) in Files.Select(row => row.Data))
        {
            _folder.Bytes(name, [.. file, .. new byte[1000]]);

            Assert.Null(Fault(name));
        }
    }

    [Fact]
    public void Read_RefusesAPreviewThatEndsWhereTheImageDoesNot()
    {
        // Cameras put a small JPEG, with an end of its own, before the large one.
        var preview = Convert.FromBase64String(GreyProgressive);
        var file = Convert.FromBase64String(Progressive);
        byte[] both = [.. file[..2], 0xFF, 0xE2, .. new[] { (byte)((preview.Length + 2) >> 8), (byte)(preview.Length + 2) }, .. preview, .. file[2..]];
        _folder.Bytes("both", both);
        Assert.Null(Fault("both"));

        Assert.StartsWith("cut short", Fault(Cut(both, both.Length - 40)), StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_LeavesOutAProgressiveJpegThatIsCutShort()
    {
        var file = Convert.FromBase64String(Progressive);
        _folder.Images("a", 3).Images("b", 3).Bytes("b/cut.jpg", file[..^30]);

        var set = DrawnFolder.Scan(_folder.Spec with { MaxSkippedShare = 0.2 }, 0, verify: true);

        Assert.Equal(new ReportedFile("b/cut.jpg", "cut short: the file ends before its last pixel"), Assert.Single(set.Report.Unreadable));
    }

    private static byte[] Encoded(SKEncodedImageFormat format, int quality)
    {
        using var bitmap = SKBitmap.Decode(Convert.FromBase64String(Progressive));
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    private string Cut(byte[] file, int length)
    {
        _folder.Bytes("cut", file[..length]);
        return "cut";
    }

    /// <returns>Why a file is refused; null where it is not.</returns>
    private string? Fault(string name)
    {
        try
        {
            new ImageDecoder(8, ResizeMode.Stretch, 500_000).Read(_folder.At(name), new byte[8 * 8 * 3]);
            return null;
        }
        catch (InvalidInputException refused)
        {
            return Assert.Single(refused.Problems).Message;
        }
    }
}
