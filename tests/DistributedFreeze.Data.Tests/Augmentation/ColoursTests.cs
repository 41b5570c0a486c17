using System.Security.Cryptography;

namespace DistributedFreeze.Data.Augmentation;

/// <summary>
/// The expected bytes are Pillow 9.4.0's: <c>im = Image.new("RGB", (4, 2))</c>, <c>im.putdata(...)</c> with the bytes of
/// <see cref="Pattern"/>, then <c>list(ImageEnhance.Brightness(im).enhance(factor).tobytes())</c>, and <c>Contrast</c> and <c>Color</c>.
/// </summary>
public sealed class ColoursTests
{
    private delegate void Change(Span<byte> rgb, float factor);

    [Theory]
    [InlineData(0f, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(0.3f, new byte[] { 0, 0, 76, 11, 0, 76, 22, 1, 76, 33, 2, 76, 27, 0, 76, 38, 1, 72, 49, 2, 68, 60, 3, 64 })]
    [InlineData(0.85f, new byte[] { 0, 0, 216, 31, 0, 216, 62, 3, 216, 94, 7, 216, 77, 2, 216, 108, 3, 205, 140, 5, 194, 171, 10, 183 })]
    [InlineData(1.7f, new byte[] { 0, 0, 255, 62, 1, 255, 125, 6, 255, 188, 15, 255, 154, 5, 255, 217, 6, 255, 255, 11, 255, 255, 20, 255 })]
    public void Brightness_ChangesAsPillowDoes(float factor, byte[] expected) => Assert.Equal(expected, Changed(Colours.Brightness, factor));

    [Theory]
    [InlineData(0f, new byte[] { 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61 })]
    [InlineData(0.3f, new byte[] { 42, 42, 119, 53, 43, 119, 64, 43, 119, 76, 45, 119, 70, 43, 119, 81, 43, 115, 92, 44, 111, 103, 46, 107 })]
    [InlineData(0.85f, new byte[] { 9, 9, 225, 40, 10, 225, 72, 12, 225, 103, 16, 225, 86, 11, 225, 117, 12, 214, 149, 15, 203, 180, 19, 192 })]
    [InlineData(1.7f, new byte[] { 0, 0, 255, 20, 0, 255, 83, 0, 255, 146, 0, 255, 112, 0, 255, 174, 0, 255, 237, 0, 255, 255, 0, 255 })]
    public void Contrast_ChangesAsPillowDoes(float factor, byte[] expected) => Assert.Equal(expected, Changed(Colours.Contrast, factor));

    [Theory]
    [InlineData(0f, new byte[] { 29, 29, 29, 41, 41, 41, 54, 54, 54, 68, 68, 68, 58, 58, 58, 68, 68, 68, 80, 80, 80, 92, 92, 92 })]
    [InlineData(0.3f, new byte[] { 20, 20, 96, 39, 29, 105, 60, 39, 114, 80, 50, 124, 67, 41, 117, 86, 48, 120, 105, 58, 124, 125, 68, 129 })]
    [InlineData(0.85f, new byte[] { 4, 4, 221, 37, 7, 222, 71, 11, 224, 104, 17, 226, 86, 11, 225, 119, 13, 215, 152, 17, 206, 185, 24, 197 })]
    [InlineData(1.7f, new byte[] { 0, 0, 255, 34, 0, 255, 88, 0, 255, 141, 0, 255, 114, 0, 255, 170, 0, 255, 224, 0, 255, 255, 0, 255 })]
    public void Saturation_ChangesAsPillowDoes(float factor, byte[] expected) => Assert.Equal(expected, Changed(Colours.Saturation, factor));

    /// <summary>
    /// <c>hashlib.sha256(Color(Contrast(Brightness(im).enhance(1.17)).enhance(0.83)).enhance(1.4).tobytes())</c> of 224 x 224 pixels.
    /// </summary>
    [Fact]
    public void AllThree_AgreeWithPillowOnAWholeImage()
    {
        var rgb = Pattern(224, 224);

        Colours.Brightness(rgb, 1.17f);
        Colours.Contrast(rgb, 0.83f);
        Colours.Saturation(rgb, 1.4f);

        Assert.Equal("ebeadeab1fb868935ba2a307c3f30cd1578c964c0cde005c0738ad20c3f33532", Convert.ToHexStringLower(SHA256.HashData(rgb)));
    }

    [Fact]
    public void AFactorOfOne_ChangesNothing()
    {
        var rgb = Pattern(224, 224);

        Colours.Brightness(rgb, 1);
        Colours.Contrast(rgb, 1);
        Colours.Saturation(rgb, 1);

        Assert.Equal(Pattern(224, 224), rgb);
    }

    private static byte[] Changed(Change change, float factor)
    {
        var rgb = Pattern(4, 2);
        change(rgb, factor);
        return rgb;
    }

    /// <summary>(37 x + 91 y, x x + 3 y, 255 - 13 x y), each modulo 256.</summary>
    private static byte[] Pattern(int width, int height)
    {
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            var (y, x) = Math.DivRem(i, width);
            unchecked
            {
                rgb[i * 3] = (byte)((x * 37) + (y * 91));
                rgb[(i * 3) + 1] = (byte)((x * x) + (3 * y));
                rgb[(i * 3) + 2] = (byte)(255 - (13 * x * y));
            }
        }

        return rgb;
    }
}
