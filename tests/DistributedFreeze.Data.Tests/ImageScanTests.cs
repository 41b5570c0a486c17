using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Data;

/// <summary>A second scan reads what has changed, and finds what the first one found.</summary>
public sealed class ImageScanTests : IDisposable
{
    private readonly DrawnFolder _folder = new();
    private readonly TemporaryFolder _features = new();

    public ImageScanTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere every file is read.");
        _folder.Images("a", 3).Images("b", 2).Bytes("b/broken.png", [1, 2, 3]);
    }

    [Fact]
    public void WhatHasNotChanged_IsNotReadAgain()
    {
        var (first, decoded) = Scan();
        Assert.Equal(5, decoded);

        var (second, decodedAgain) = Scan();

        Assert.Equal(first, second);
        Assert.Equal(0, decodedAgain);
        Assert.StartsWith("no image that can be decoded", second.Single(image => image.Image.Name == "broken.png").Header.Fault);
    }

    [Fact]
    public void WhatHasChanged_IsReadAgain()
    {
        Scan();
        _folder.Image("b/001.png", SKColors.Red, width: 9);
        var other = File.ReadAllBytes(_folder.At("b/001.png"));

        var (second, decoded) = Scan();

        Assert.Equal(1, decoded);
        Assert.Equal(ImageHash.Of(other), second.Single(image => image.Image.Path == "b/001.png").Hash);
    }

    [Fact]
    public void AFileThatBecameUnreadable_IsFound()
    {
        Scan();
        File.WriteAllBytes(_folder.At("b/001.png"), [1, 2, 3]);

        Assert.NotNull(Scan().Found.Single(image => image.Image.Path == "b/001.png").Header.Fault);
    }

    [Fact]
    public void AnotherLimit_ReadsAllAnew()
    {
        Scan();

        Assert.Equal(5, Scan(_folder.Spec with { MaxPixels = _folder.Spec.MaxPixels - 1 }).Decoded);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _features.Dispose();
    }

    private (ScannedImage[] Found, int Decoded) Scan(DataSpec? spec = null)
    {
        spec ??= _folder.Spec;
        var decoder = new ImageDecoder(spec);
        var pixels = new PixelStore(decoder, budget: 1 << 20);
        var rested = new ManualTime(DateTimeOffset.UtcNow.AddMinutes(1));
        var scan = new ImageScan(DataListing.Read(spec.Path).Places, spec, decoder, verify: true, pixels, _features.Path, rested);
        return (scan.Read(DataListing.Read(spec.Path).Images, CancellationToken.None), pixels.Count);
    }
}
