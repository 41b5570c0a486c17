using System.Security.Cryptography;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;

namespace DistributedFreeze.Training.Tests.Data;

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

    /// <summary>Pillow's <c>box=(2, 1, 9, 8)</c>, whatever the mode.</summary>
    [Theory]
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
