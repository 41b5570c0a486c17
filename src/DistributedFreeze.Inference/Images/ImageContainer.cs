using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>What JPEG, PNG and WebP files hold beside pixels, and where they end. Skia reads EXIF in some of them only, and decodes some that break off.</summary>
internal static class ImageContainer
{
    private const int StartOfScan = 0xDA;
    private const int ApplicationOne = 0xE1;

    /// <summary>Where a frame's header has its number of components, counted from the precision.</summary>
    private const int FrameComponents = 5;

    // More is no EXIF: a JPEG segment has room for no more.
    private const int LongestProfile = 65_536;
    private const int LongestText = 4 * LongestProfile;

    private static ReadOnlySpan<byte> JpegEnd => [0xFF, 0xD9];

    private static ReadOnlySpan<byte> ExifMark => "Exif\0\0"u8;

    /// <summary>EXIF data, from the header of its TIFF part on; empty where there are none.</summary>
    public static ReadOnlySpan<byte> Exif(ReadOnlySpan<byte> file, SKEncodedImageFormat format)
    {
        var exif = format switch
        {
            SKEncodedImageFormat.Jpeg => JpegExif(file),
            SKEncodedImageFormat.Png => PngExif(file),
            SKEncodedImageFormat.Webp => WebpExif(file),
            _ => default,
        };
        return exif.StartsWith(ExifMark) ? exif[ExifMark.Length..] : exif; // only JPEG should have the mark, but others are seen with it
    }

    /// <summary>Whether a file ends before its format does. Of PNG, BMP and the baseline form of JPEG the decoder tells.</summary>
    public static bool BreaksOff(ReadOnlySpan<byte> file, SKEncodedImageFormat format) => format switch
    {
        // Within a scan a byte of 255 is followed by another one than the end's.
        SKEncodedImageFormat.Jpeg => file[JpegHeader(file, out _, out _)..].IndexOf(JpegEnd) < 0,
        SKEncodedImageFormat.Webp => file.Length < 12 || file.Length - 8L < BinaryPrimitives.ReadUInt32LittleEndian(file[4..]),
        _ => false,
    };

    /// <summary>What the numbers of a pixel are, as the file stores them.</summary>
    /// <param name="file">A file that a decoder takes.</param>
    /// <param name="format">Its format.</param>
    /// <returns>Null where nothing here tells.</returns>
    public static ColorMode? Colors(ReadOnlySpan<byte> file, SKEncodedImageFormat format)
    {
        const int PngColorType = 25;
        if (format == SKEncodedImageFormat.Jpeg)
        {
            _ = JpegHeader(file, out _, out var components);
            return components switch { 1 => ColorMode.Gray, 3 => ColorMode.Rgb, 4 => ColorMode.Cmyk, _ => null };
        }

        return format != SKEncodedImageFormat.Png || file.Length <= PngColorType
            ? null
            : file[PngColorType] switch { 0 or 4 => ColorMode.Gray, 2 or 6 => ColorMode.Rgb, 3 => ColorMode.Palette, _ => null };
    }

    private static ReadOnlySpan<byte> JpegExif(ReadOnlySpan<byte> file)
    {
        _ = JpegHeader(file, out var exif, out _);
        return file[exif];
    }

    /// <param name="file">The file.</param>
    /// <param name="exif">Where its EXIF data lie; empty where there are none.</param>
    /// <param name="components">Numbers per pixel; 0 where no frame says.</param>
    /// <returns>Where the first scan begins, or the file ends.</returns>
    private static int JpegHeader(ReadOnlySpan<byte> file, out Range exif, out int components)
    {
        (exif, components) = (default, 0);
        var found = false;
        var at = 2;
        while (at + 4 <= file.Length)
        {
            if (file[at] != 0xFF || file[at + 1] is 0xFF or 0 or 1)
            {
                at++; // fill bytes, and what decoders skip
                continue;
            }

            if (file[at + 1] == StartOfScan)
            {
                return at;
            }

            var end = at + 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            var segment = new Range(Math.Min(at + 4, file.Length), Math.Clamp(end, Math.Min(at + 4, file.Length), file.Length));
            if (!found && file[at + 1] == ApplicationOne && file[segment].StartsWith(ExifMark))
            {
                (exif, found) = (segment, true);
            }

            if (IsFrame(file[at + 1]) && file[segment].Length > FrameComponents)
            {
                components = file[segment][FrameComponents];
            }

            at = Math.Max(end, at + 2);
        }

        return file.Length;
    }

    /// <summary>ITU-T T.81, table B.1: the start of a frame, of whichever process.</summary>
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static ReadOnlySpan<byte> PngExif(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> profile = default;
        var found = false;
        for (var rest = file[Math.Min(8, file.Length)..]; rest.Length >= 12;)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(rest), (uint)rest.Length - 12);
            var kind = rest.Slice(4, 4);
            var content = rest.Slice(8, length);
            if (kind.SequenceEqual("eXIf"u8))
            {
                return content;
            }

            if (!found && (kind.SequenceEqual("zTXt"u8) || kind.SequenceEqual("tEXt"u8)) && IsRawProfile(content))
            {
                found = true; // the first counts, whatever is in it: a file may hold thousands, each of which takes memory to look into
                profile = RawProfile(content, compressed: kind[0] == 'z');
            }

            rest = rest[(length + 12)..];
        }

        return profile;
    }

    private static bool IsRawProfile(ReadOnlySpan<byte> chunk) =>
        chunk.StartsWith("Raw profile type exif\0"u8) || chunk.StartsWith("Raw profile type APP1\0"u8);

    /// <summary>What ImageMagick wrote before PNG had a place for EXIF: a text of a name, a length and hexadecimal digits.</summary>
    private static ReadOnlySpan<byte> RawProfile(ReadOnlySpan<byte> chunk, bool compressed)
    {
        var nameEnd = chunk.IndexOf((byte)0);
        var text = compressed ? Inflated(chunk[Math.Min(nameEnd + 2, chunk.Length)..]) : chunk[(nameEnd + 1)..];
        var lines = Encoding.Latin1.GetString(text[..Math.Min(text.Length, LongestText)])
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var digits = string.Concat(lines.Skip(2));
        return lines.Length > 2 && int.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && digits.Length == 2 * length && digits.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(digits)
            : default;
    }

    private static byte[] Inflated(ReadOnlySpan<byte> zlib)
    {
        using var text = new MemoryStream(zlib.ToArray());
        using var inflated = new ZLibStream(text, CompressionMode.Decompress);
        var buffer = new byte[LongestText];
        try
        {
            return buffer[..inflated.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    private static ReadOnlySpan<byte> WebpExif(ReadOnlySpan<byte> file)
    {
        const int ExifFlag = 0x08;
        if (file.Length < 30 || !file[12..].StartsWith("VP8X"u8) || (file[20] & ExifFlag) == 0)
        {
            return default;
        }

        for (var rest = file[12..]; rest.Length >= 8;)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]), (uint)rest.Length - 8);
            if (rest.StartsWith("EXIF"u8))
            {
                return rest.Slice(8, length);
            }

            rest = rest[Math.Min(length + 8 + (length & 1), rest.Length)..];
        }

        return default;
    }
}
