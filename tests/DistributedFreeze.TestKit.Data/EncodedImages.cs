using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using SkiaSharp;

namespace DistributedFreeze.TestKit.Data;

/// <summary>Image files put together by hand, for what encoders do not write.</summary>
public static class EncodedImages
{
    /// <summary>A TIFF header with one entry, the orientation.</summary>
    public static byte[] Exif(int orientation, bool littleEndian = false, int type = 3) => littleEndian
        ? [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, (byte)type, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0]
        : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, (byte)type, 0, 0, 0, 1, .. Value(type, orientation), 0, 0, 0, 0];

    /// <summary>64 x 32 pixels in four rectangles: red and green above blue and white.</summary>
    public static byte[] Corners(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(64, 32);
        using var canvas = new SKCanvas(bitmap);
        foreach (var (i, colour) in new[] { SKColors.Red, SKColors.Lime, SKColors.Blue, SKColors.White }.Index())
        {
            using var paint = new SKPaint { Color = colour };
            canvas.DrawRect(i % 2 * 32, i / 2 * 16, 32, 16, paint);
        }

        using var encoded = bitmap.Encode(format, 100);
        return encoded.ToArray();
    }

    public static byte[] JpegWith(byte[] jpeg, byte[] exif)
    {
        byte[] content = [.. "Exif\0\0"u8, .. exif];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(content.Length + 2), .. content, .. jpeg[2..]];
    }

    /// <param name="png">A whole file.</param>
    /// <param name="kind">Kind of the chunk.</param>
    /// <param name="content">What is in it.</param>
    /// <param name="last">Whether the chunk comes behind the pixels.</param>
    public static byte[] PngWith(byte[] png, string kind, byte[] content, bool last = false)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(kind), .. content];
        byte[] chunk = [.. BigEndian(content.Length), .. body, .. BigEndian(unchecked((int)Crc32.HashToUInt32(body)))];
        var at = last ? png.Length - 12 : 33;
        return [.. png[..at], .. chunk, .. png[at..]];
    }

    /// <summary>ImageMagick's text in place of an eXIf chunk.</summary>
    public static byte[] RawProfile(byte[] exif, bool compressed, string name = "exif")
    {
        byte[] content = [.. "Exif\0\0"u8, .. exif];
        var text = Encoding.ASCII.GetBytes($"\n{name}\n{content.Length,8}\n{string.Join('\n', Convert.ToHexStringLower(content).Chunk(72).Select(line => new string(line)))}\n");
        var key = Encoding.ASCII.GetBytes($"Raw profile type {name}\0");
        if (!compressed)
        {
            return [.. key, .. text];
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(text);
        }

        return [.. key, 0, .. packed.ToArray()];
    }

    /// <param name="webp">What Skia writes: one chunk, VP8 or VP8L.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="exif">What its EXIF chunk shall hold.</param>
    /// <param name="flagged">Whether the file says that it has such a chunk.</param>
    public static byte[] WebpWith(byte[] webp, int width, int height, byte[] exif, bool flagged = true)
    {
        byte[] extended = [.. "VP8X"u8, 10, 0, 0, 0, (byte)(flagged ? 8 : 0), 0, 0, 0, (byte)(width - 1), 0, 0, (byte)(height - 1), 0, 0];
        byte[] chunk = [.. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif, .. new byte[exif.Length & 1]];
        byte[] content = [.. "WEBP"u8, .. extended, .. webp[12..], .. chunk];
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        return [.. "RIFF"u8, .. length, .. content];
    }

    private static byte[] Value(int type, int value) => type switch
    {
        1 => [(byte)value, 0, 0, 0],
        3 => [0, (byte)value, 0, 0],
        _ => [0, 0, 0, (byte)value],
    };

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
