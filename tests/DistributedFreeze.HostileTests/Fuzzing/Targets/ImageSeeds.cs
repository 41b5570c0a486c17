using SkiaSharp;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>Small images of every form that is decoded.</summary>
internal static class ImageSeeds
{
    public static IEnumerable<byte[]> Jpegs()
    {
        var plain = EncodedImages.Corners(SKEncodedImageFormat.Jpeg);
        yield return plain;
        yield return EncodedImages.JpegWith(plain, EncodedImages.Exif(6));
        yield return Progressive;
    }

    public static IEnumerable<byte[]> Pngs()
    {
        var plain = EncodedImages.Corners(SKEncodedImageFormat.Png);
        yield return plain;
        yield return EncodedImages.PngWith(plain, "eXIf", EncodedImages.Exif(8, littleEndian: true));
        yield return EncodedImages.PngWith(plain, "zTXt", EncodedImages.RawProfile(EncodedImages.Exif(3), compressed: true));
        yield return EncodedImages.PngWith(plain, "tEXt", EncodedImages.RawProfile(EncodedImages.Exif(3), compressed: false), last: true);
    }

    public static IEnumerable<byte[]> WebPs()
    {
        var plain = EncodedImages.Corners(SKEncodedImageFormat.Webp);
        yield return plain;
        yield return EncodedImages.WebpWith(plain, 64, 32, EncodedImages.Exif(5));
        using var bitmap = new SKBitmap(9, 7);
        bitmap.Erase(new SKColor(10, 200, 30, 100));
        using var lossless = bitmap.Encode(SKEncodedImageFormat.Webp, 100);
        yield return lossless.ToArray();
    }

    /// <summary>BMP, and what other formats Skia knows by their first bytes, whatever the name of the file.</summary>
    public static IEnumerable<byte[]> Others()
    {
        yield return [.. "BM"u8, 0x46, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, .. new byte[24], .. Enumerable.Range(1, 16).Select(i => (byte)i)];
        yield return [.. "BM"u8, 0x4e, 0, 0, 0, 0, 0, 0, 0, 62, 0, 0, 0, 40, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 1, 0, .. new byte[16], 2, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 0x90, 0, 0, 0, 0x60, 0, 0, 0, 0x60, 0, 0, 0, 0x90, 0, 0, 0];
        yield return [.. "GIF89a"u8, 2, 0, 2, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 255, 0x21, 0xf9, 4, 1, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 2, 0x44, 0x50, 0, 0x3b];
        yield return [0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 24, 0, 48, 0, 0, 0, 22, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, .. new byte[24], 1, 2, 3, 0, 0, 0, 0, 0]; // ICO
        yield return [0, 0, 8, 8, .. Enumerable.Range(1, 8).Select(i => (byte)i)]; // WBMP
        yield return [.. "II*\0"u8, 8, 0, 0, 0, 4, 0, 0, 1, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 1, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0x12, 0xc6, 1, 0, 4, 0, 0, 0, 1, 4, 0, 0, 0x11, 1, 4, 0, 1, 0, 0, 0, 62, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]; // TIFF, as DNG
    }

    /// <summary>8 x 8 grey pixels in four scans, as no encoder here writes them.</summary>
    private static byte[] Progressive =>
    [
        0xff, 0xd8, 0xff, 0xdb, 0, 67, 0, .. Enumerable.Repeat((byte)1, 64),
        0xff, 0xc2, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0,
        0xff, 0xc4, 0, 20, 0, 1, .. new byte[15], 0,
        0xff, 0xc4, 0, 20, 0x10, 1, .. new byte[15], 0,
        0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 1, 0x7f,
        0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0x10, 0x7f,
        0xff, 0xda, 0, 8, 1, 1, 0, 1, 5, 2, 0x7f,
        0xff, 0xda, 0, 8, 1, 1, 0, 6, 63, 2, 0x7f,
        0xff, 0xd9,
    ];
}
