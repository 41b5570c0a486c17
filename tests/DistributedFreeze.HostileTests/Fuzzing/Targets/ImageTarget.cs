using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>An image file, as a scan of the data looks at it and training decodes it.</summary>
/// <remarks>The memory that decoding takes is what <c>data.max_pixels</c> allows; here four million pixels, 16 MB and as much again to turn them upright.</remarks>
internal sealed class ImageTarget(string folder, Func<IEnumerable<byte[]>> seeds, string ending) : FuzzTarget(folder)
{
    private const int MostPixels = 4_000_000;
    private readonly ImageDecoder _decoder = new(32, ResizeMode.Crop, MostPixels, ColorProfiles.Apply);
    private readonly byte[] _rgb = new byte[32 * 32 * 3];

    public override string Name => "image-" + ending switch
    {
        ".jpg" => "jpeg",
        ".bmp" => "other",
        _ => ending[1..],
    };

    public override int Inputs => 2_500;

    public override bool IsNative => true;

    protected override string Ending => ending;

    public override IEnumerable<byte[]> Seeds() => seeds();

    public override IEnumerable<byte[]> Words() =>
        ((string[])["IHDR", "IDAT", "PLTE", "tRNS", "iCCP", "eXIf", "zTXt", "tEXt", "acTL", "fcTL", "IEND", "VP8 ", "VP8L", "VP8X", "ANIM", "ANMF", "ALPH", "EXIF", "ICCP", "Exif\0\0", "MM\0*", "II*\0", "BM", "GIF89a",
            "\u00ff\u00c0", "\u00ff\u00c2", "\u00ff\u00c4", "\u00ff\u00da", "\u00ff\u00dd", "\u00ff\u00e1", "\u00ff\u00e2", "\u00ff\u00d9", "ICC_PROFILE\0", "Raw profile type exif\0"])
        .Select(Encoding.Latin1.GetBytes);

    public override byte[] Mend(byte[] input)
    {
        if (ending != ".png")
        {
            return input;
        }

        var mendsLengths = Toss(input);
        for (var at = 8; at + 12 <= input.Length;)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(input.AsSpan(at)), (uint)(input.Length - at - 12));
            if (mendsLengths)
            {
                BinaryPrimitives.WriteInt32BigEndian(input.AsSpan(at), length);
            }

            BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(at + 8 + length), Crc32.HashToUInt32(input.AsSpan(at + 4, 4 + length)));
            at += 12 + length;
        }

        return input;
    }

    public override void Read(byte[] input)
    {
        _ = ImageHeader.Read(Path, MostPixels);
        _decoder.Read(Path, _rgb);
    }
}
