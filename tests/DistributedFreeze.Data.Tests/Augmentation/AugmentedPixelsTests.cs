using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Data.Augmentation;

public sealed class AugmentedPixelsTests : IDisposable
{
    private const int Size = 16;

    private readonly DrawnFolder _folder = new();
    private readonly ImageDecoder _decoder = new(Size, ResizeMode.Stretch, 1_000_000);

    public AugmentedPixelsTests()
    {
        using var bitmap = new SKBitmap(60, 40);
        for (var i = 0; i < 60 * 40; i++)
        {
            bitmap.SetPixel(i % 60, i / 60, new SKColor((byte)(i % 60 * 4), (byte)(i / 60 * 6), (byte)(i * 7)));
        }

        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        _folder.Bytes("x.png", png.ToArray());
    }

    private string File => _folder.At("x.png");

    private ImageHash Hash => ImageHash.Of(System.IO.File.ReadAllBytes(File));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ViewZero_AndAnyViewWithoutASpec_AreTheImageAsItIs()
    {
        var plain = new byte[Size * Size * 3];
        _decoder.Read(File, plain);

        Assert.Equal(plain, Read(new() { CropScale = 0.1, Flip = 1, Brightness = 1 }, view: 0));
        Assert.Equal(plain, Read(null, view: 5));
    }

    [Fact]
    public void Views_CropThenMirrorThenChangeColours()
    {
        var spec = new AugmentationSpec { CropScale = 0.3, Flip = 1, Brightness = 0.5, Contrast = 0.5, Saturation = 0.5 };
        var change = AugmentationParameters.Draw(spec, seed: 7, view: 2, Hash);
        var expected = new byte[Size * Size * 3];
        _decoder.Read(File, (_, _) => change.Box(60, 40), expected);
        Mirror.LeftRight(expected, Size);
        Colours.Brightness(expected, change.Brightness);
        Colours.Contrast(expected, change.Contrast);
        Colours.Saturation(expected, change.Saturation);

        Assert.NotEqual(new PixelBox(0, 0, 60, 40), change.Box(60, 40));
        Assert.Equal(expected, Read(spec, view: 2));
        Assert.NotEqual(expected, Read(spec, view: 3));
    }

    [Fact]
    public void ViewsThatDoNotCrop_BeginWithTheKeptPixels()
    {
        var store = new PixelStore(_decoder, budget: 1 << 20);
        var pixels = new AugmentedPixels(_decoder, store, new() { Flip = 1 }, seed: 7);
        var (plain, view) = (new byte[pixels.ImageBytes], new byte[pixels.ImageBytes]);
        var hash = Hash;
        pixels.Read(File, 0, hash, plain);
        System.IO.File.Delete(File);

        pixels.Read(File, 1, hash, view);

        Mirror.LeftRight(plain, Size);
        Assert.Equal(plain, view);
    }

    [Fact]
    public void ViewsThatCrop_ReadTheFileAndNameItWhenTheyCannot()
    {
        var pixels = new AugmentedPixels(_decoder, _decoder, new() { CropScale = 0.5 }, seed: 7);
        var hash = Hash;
        System.IO.File.Delete(File);

        var refused = Assert.Throws<InvalidInputException>(() => pixels.Read(File, 1, hash, new byte[pixels.ImageBytes]));

        Assert.Equal(File, Assert.Single(refused.Problems).Field);
    }

    [Fact]
    public void AView_IsASourceLikeAnyOther()
    {
        var spec = new AugmentationSpec { CropScale = 0.5, Contrast = 0.5 };
        var hash = Hash;
        IPixelSource view = new AugmentedView(new(_decoder, _decoder, spec, seed: 7), 3, image => image.Path == File ? hash : default);
        var rgb = new byte[view.ImageBytes];

        view.Read(File, rgb);

        Assert.Equal(Read(spec, view: 3), rgb);
    }

    /// <summary>Each of the two is changed by its own view before.</summary>
    [Fact]
    public void AView_IsMixedWithThatOfAnotherImage()
    {
        byte[] sameWithAnotherEnd = [.. System.IO.File.ReadAllBytes(File), 0];
        _folder.Bytes("y.png", sameWithAnotherEnd);
        var otherHash = ImageHash.Of(sameWithAnotherEnd);
        var alone = new AugmentationSpec { Flip = 0.5, Brightness = 0.5 };
        var train = ImmutableArray.Create(new LabelledImage(0, "x.png", 0, 1, Hash));
        var spec = new RunSpec { Data = new() { Path = "", ImageSize = Size, Augmentation = alone with { Mixup = 4 } }, Phases = [new()], Output = "", Seed = 7 };
        var mixed = MixedViews.For(spec, [train[0] with { Hash = otherHash }])!;
        var pixels = new AugmentedPixels(_decoder, _decoder, spec.Data.Augmentation, seed: 7, mixed, _ => _folder.At("y.png"));
        var (expected, other, found) = (Read(alone, view: 2), new byte[Size * Size * 3], new byte[Size * Size * 3]);
        new AugmentedPixels(_decoder, _decoder, alone, seed: 7).Read(_folder.At("y.png"), 2, otherHash, other);
        mixed.Of(2, Hash).Apply(expected, other, Size);

        pixels.Read(File, 2, Hash, found);

        Assert.Equal(expected, found);
        Assert.NotEqual(Read(alone, view: 2), found);
    }

    [Fact]
    public void ABoxThatIsErased_HasTheMeanColour()
    {
        var view = Enumerable.Range(1, 50).First(view => AugmentationParameters.Draw(new() { Erase = 0.5 }, 7, view, Hash).ErasedBox(Size) is not null);
        var box = AugmentationParameters.Draw(new() { Erase = 0.5 }, 7, view, Hash).ErasedBox(Size)!.Value;
        var (plain, erased) = (Read(null, view), Read(new() { Erase = 0.5 }, view));

        Assert.True(box.LiesWithin(Size, Size));
        for (var i = 0; i < plain.Length; i++)
        {
            var (row, column) = (i / 3 / Size, i / 3 % Size);
            var isErased = row >= box.Top && row < box.Top + box.Height && column >= box.Left && column < box.Left + box.Width;
            Assert.Equal(isErased ? (i % 3) switch { 0 => 124, 1 => 117, _ => 104 } : plain[i], erased[i]);
        }
    }

    [Fact]
    public void Misfits_AreRefused()
    {
        var pixels = new AugmentedPixels(_decoder, _decoder, new() { CropScale = 0.5 }, seed: 7);

        Assert.Throws<ArgumentException>("square", () => new AugmentedPixels(_decoder, new ImageDecoder(8, ResizeMode.Stretch, 1), null, 7));
        Assert.Throws<ArgumentOutOfRangeException>("view", () => pixels.Read(File, -1, default, new byte[pixels.ImageBytes]));
        Assert.Throws<ArgumentException>("rgb", () => pixels.Read(File, 1, default, new byte[5]));
        Assert.Throws<ArgumentOutOfRangeException>("view", () => new AugmentedView(pixels, -1, _ => default));
    }

    private byte[] Read(AugmentationSpec? spec, int view)
    {
        var pixels = new AugmentedPixels(_decoder, _decoder, spec, seed: 7);
        var rgb = new byte[pixels.ImageBytes];
        pixels.Read(File, view, Hash, rgb);
        return rgb;
    }
}
