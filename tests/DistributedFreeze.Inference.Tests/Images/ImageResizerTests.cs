using System.Security.Cryptography;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Inference.Images;

/// <summary>
/// The expected bytes are Pillow 9.4.0's: <c>Image.new("RGB", (w, h))</c>, <c>putdata</c> with the pattern of <see cref="Pattern"/>, then
/// <c>list(im.resize((s, s), Image.BILINEAR, box=...).tobytes())</c>.
/// </summary>
public sealed class ImageResizerTests
{
    [Fact]
    public void Resize_ShrinksAsPillowDoes() => Assert.Equal(
        [
            42, 2, 253, 100, 6, 248, 155, 17, 242, 165, 31, 237, 143, 5, 245, 120, 9, 217, 137, 20, 183, 83, 34, 154,
            100, 9, 238, 77, 13, 185, 124, 24, 123, 182, 38, 71, 104, 12, 230, 162, 16, 154, 92, 27, 102, 96, 41, 171,
        ],
        Resized(7, 5, 4, ResizeMode.Stretch));

    [Fact]
    public void Resize_EnlargesAsPillowDoes() => Assert.Equal(
        [
            0, 0, 255, 15, 0, 255, 37, 1, 255, 59, 3, 255, 74, 4, 255, 9, 0, 255, 24, 0, 255, 46, 1, 254, 68, 3, 253, 83, 4, 252,
            46, 2, 255, 61, 2, 253, 83, 3, 249, 105, 5, 245, 120, 6, 242, 82, 3, 255, 97, 3, 250, 119, 4, 243, 141, 6, 236, 156, 7, 232,
            91, 3, 255, 106, 3, 250, 128, 4, 242, 150, 6, 234, 165, 7, 229,
        ],
        Resized(3, 2, 5, ResizeMode.Stretch));

    /// <summary>Pillow's <c>box=(1.5, 0, 6.5, 5)</c>: the middle square of 8 x 5 begins at half a pixel.</summary>
    [Fact]
    public void Resize_CropsTheMiddleAsPillowDoes() => Assert.Equal(
        [
            109, 5, 245, 162, 14, 236, 138, 28, 226, 95, 10, 206, 109, 19, 164, 125, 33, 122, 139, 15, 168, 126, 24, 102, 112, 38, 138,
        ],
        Resized(8, 5, 3, ResizeMode.Crop));

    /// <summary>
    /// What torchvision's <c>Resize</c> and <c>CenterCrop</c> come to on a Pillow image: <c>resize((nw, nh), BILINEAR)</c> with the shorter side
    /// at 8/7 of the size and <c>int(...)</c> of the longer one, then <c>crop</c> from <c>int(round((nw - s) / 2.0))</c> and the like.
    /// </summary>
    [Theory]
    [InlineData(8, 5, new byte[] { 65, 2, 251, 132, 8, 241, 151, 22, 230, 131, 7, 236, 94, 13, 190, 121, 27, 138, 95, 12, 222, 144, 18, 139, 108, 32, 119 })]
    [InlineData(5, 8, new byte[] { 81, 2, 251, 111, 6, 236, 160, 15, 222, 116, 8, 241, 99, 12, 190, 117, 21, 139, 138, 14, 230, 121, 18, 138, 103, 27, 119 })]
    public void Resize_TakesTheMiddleAsTorchvisionDoes(int width, int height, byte[] expected) =>
        Assert.Equal(expected, Resized(width, height, 3, ResizeMode.Imagenet));

    /// <summary>The same, as <c>hashlib.sha256(...)</c> of the result; from 439 pixels 224 are cut at 107.5, which is 108 to Python.</summary>
    [Theory]
    [InlineData(301, 517, 224, "43e79221dde2c89ed96636d92b5252a2706c2daaa4ad3ebc47e4aa8f786bf5c0")]
    [InlineData(517, 301, 224, "b7f4347c5d1cb348cbd3b4678dbda3de6831ccb08b3ba85f49b64eca484afbf3")]
    [InlineData(512, 384, 299, "4e4caef0da15aa38c0c7e015b3a76f20ef81285fa8ff8f2a0faab2d43230546a")]
    public void Resize_AgreesWithTorchvisionOnALargeImage(int width, int height, int size, string sha256) =>
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(Resized(width, height, size, ResizeMode.Imagenet))));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 60_000)]
    [InlineData(60_000, 1)]
    public void Resize_TakesTheMiddleOfWhatIsHardlyThere(int width, int height)
    {
        var rgba = new byte[width * height * 4];
        rgba.AsSpan().Fill(77);
        var rgb = new byte[32 * 32 * 3];

        new ImageResizer(32, ResizeMode.Imagenet).Resize(rgba, width, height, rgb);

        Assert.All(rgb, value => Assert.Equal(77, value));
    }

    /// <summary>Pillow's <c>box=(2, 1, 9, 8)</c>, whatever the mode.</summary>
    [Theory]
    [InlineData(ResizeMode.Imagenet)]
    [InlineData(ResizeMode.Stretch)]
    [InlineData(ResizeMode.Crop)]
    public void Resize_TakesABoxAsPillowDoes(ResizeMode mode) => Assert.Equal(
        [
            113, 13, 200, 128, 31, 152, 120, 60, 138, 119, 20, 133, 111, 38, 145, 127, 67, 140, 128, 27, 127, 118, 45, 140, 113, 74, 135,
        ],
        Resized(12, 9, 3, mode, new(2, 1, 7, 7)));

    /// <summary>Pillow's <c>hashlib.sha256(...)</c> of the result with <c>box=(33, 100, 233, 400)</c>.</summary>
    [Fact]
    public void Resize_AgreesWithPillowOnALargeBox() => Assert.Equal(
        "1a3a50914dfb6af41792c24f2930fc8fd077d9aae8d82f8361db250a93f5160b",
        Convert.ToHexStringLower(SHA256.HashData(Resized(301, 517, 224, ResizeMode.Stretch, new(33, 100, 200, 300)))));

    [Fact]
    public void Resize_TakesBoxesOfOneImageOneAfterAnother()
    {
        var resizer = new ImageResizer(3, ResizeMode.Stretch);
        var rgb = new byte[27];
        resizer.Resize(Pattern(12, 9), 12, 9, new PixelBox(0, 0, 7, 7), rgb);
        resizer.Resize(Pattern(12, 9), 12, 9, new PixelBox(2, 1, 7, 7), rgb);
        Assert.Equal(Resized(12, 9, 3, ResizeMode.Stretch, new(2, 1, 7, 7)), rgb);

        resizer.Resize(Pattern(12, 9), 12, 9, rgb);
        Assert.Equal(Resized(12, 9, 3, ResizeMode.Stretch), rgb);
    }

    [Theory]
    [InlineData(-1, 0, 2, 2)]
    [InlineData(0, 0, 0, 2)]
    [InlineData(11, 0, 2, 2)]
    [InlineData(0, 8, 2, 2)]
    [InlineData(1, 1, int.MaxValue, 2)]
    public void Resize_RefusesABoxThatLeavesTheImage(int left, int top, int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>("box", () => Resized(12, 9, 3, ResizeMode.Stretch, new(left, top, width, height)));

    /// <summary>Pillow's <c>hashlib.sha256(...)</c> of the result.</summary>
    [Fact]
    public void Resize_AgreesWithPillowOnALargeImage() => Assert.Equal(
        "a9e841f932f2848c72ed9f5ac48c08a5226544b8b52b72bb033640299f840a4a",
        Convert.ToHexStringLower(SHA256.HashData(Resized(301, 517, 224, ResizeMode.Stretch))));

    [Fact]
    public void Resize_KeepsAnImageOfTheRightSize()
    {
        var rgba = Pattern(9, 9);

        Assert.Equal(rgba.Where((_, i) => i % 4 != 3), Resized(9, 9, 9, ResizeMode.Stretch));
    }

    [Fact]
    public void Resize_TakesImagesOfManySizesOneAfterAnother()
    {
        var resizer = new ImageResizer(4, ResizeMode.Stretch);
        var rgb = new byte[48];
        resizer.Resize(Pattern(301, 517), 301, 517, rgb);
        resizer.Resize(Pattern(7, 5), 7, 5, rgb);

        Assert.Equal(Resized(7, 5, 4, ResizeMode.Stretch), rgb);
    }

    [Fact]
    public void Resize_RefusesSpansOfAnotherShape()
    {
        var resizer = new ImageResizer(4, ResizeMode.Stretch);

        Assert.Throws<ArgumentException>("rgba", () => resizer.Resize(new byte[5], 1, 1, new byte[48]));
        Assert.Throws<ArgumentException>("rgb", () => resizer.Resize(new byte[4], 1, 1, new byte[49]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageResizer(0, ResizeMode.Crop));
    }

    private static byte[] Resized(int width, int height, int size, ResizeMode mode, PixelBox? box = null)
    {
        var rgb = new byte[size * size * 3];
        new ImageResizer(size, mode).Resize(Pattern(width, height), width, height, box, rgb);
        return rgb;
    }

    /// <summary>(37 x + 91 y, x x + 3 y, 255 - 13 x y), each modulo 256.</summary>
    private static byte[] Pattern(int width, int height)
    {
        var rgba = new byte[width * height * 4];
        for (var i = 0; i < width * height; i++)
        {
            var (y, x) = Math.DivRem(i, width);
            unchecked
            {
                rgba[i * 4] = (byte)((x * 37) + (y * 91));
                rgba[(i * 4) + 1] = (byte)((x * x) + (3 * y));
                rgba[(i * 4) + 2] = (byte)(255 - (13 * x * y));
            }
        }

        return rgba;
    }
}
