using System.Buffers.Binary;
using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>Reads which way up an image is: EXIF 2.32, tag 0x0112 of the first directory.</summary>
internal static class ExifOrientation
{
    private const int Tag = 0x0112;
    private const int EntryBytes = 12;

    /// <returns>Upright where the file says nothing, or nothing that is defined.</returns>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> file, SKEncodedImageFormat format) => Of(ImageContainer.Exif(file, format));

    private static SKEncodedOrigin Of(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8 || !(tiff.StartsWith("II*\0"u8) || tiff.StartsWith("MM\0*"u8)))
        {
            return SKEncodedOrigin.TopLeft;
        }

        var little = tiff[0] == 'I';
        var start = Long(tiff[4..], little);
        if (start > tiff.Length - 2)
        {
            return SKEncodedOrigin.TopLeft;
        }

        var directory = tiff[(int)start..];
        var entries = directory[2..];
        for (var left = Short(directory, little); left > 0 && entries.Length >= EntryBytes; left--, entries = entries[EntryBytes..])
        {
            if (Short(entries, little) == Tag)
            {
                return Value(entries[2..], little) is >= 1 and <= 8 and var value ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;
            }
        }

        return SKEncodedOrigin.TopLeft;
    }

    /// <param name="field">Type (2 bytes), count (4 bytes) and value.</param>
    /// <param name="little">Whether the lowest byte comes first.</param>
    private static uint Value(ReadOnlySpan<byte> field, bool little) => Short(field, little) switch
    {
        1 => field[6], // the standard says short, and some write others
        3 => Short(field[6..], little),
        4 => Long(field[6..], little),
        _ => 0,
    };

    private static ushort Short(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Long(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
