using System.Text;
using DistributedFreeze.Data;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A tar of images, as a run lists it and reads what lies in it.</summary>
/// <param name="folder">A folder of its own.</param>
internal sealed class TarTarget(string folder) : FuzzTarget(folder)
{
    private const int Block = 512;

    public override string Name => "tar";

    public override int Inputs => 4_000;

    protected override string Ending => ".tar";

    public override IEnumerable<byte[]> Seeds()
    {
        var path = In("seed.tar");
        WrittenArchives.Tar(path, [.. WrittenArchives.Sample("a/1.jpg", [1, 2, 3], "rose"), .. WrittenArchives.Sample($"{new string('n', 120)}.png", new byte[700], "3")]);
        yield return File.ReadAllBytes(path);
        WrittenArchives.Tar(path, [("1.json", "{\"label\": \"rose\"}"u8.ToArray()), ("1.webp", [9]), ("2.txt", "tulip\n"u8.ToArray()), ("2.bmp", [8])]);
        yield return File.ReadAllBytes(path);
    }

    public override IEnumerable<byte[]> Words() =>
        ((string[])["ustar\0", "ustar  \0", "path=", "size=", "GNU.sparse.major=1\n", ".cls", ".jpg", "../", "/", "77777777777", "0", "5", "x", "g", "L", "K", "S", "{\"cls\":", "\\ud800", "\0", "30 size=9223372036854775807\n"])
        .Select(Encoding.UTF8.GetBytes).Append([0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);

    public override byte[] Mend(byte[] input)
    {
        // Each block that was a header holds the sum of its bytes.
        for (var at = 0; at + Block <= input.Length; at += Block)
        {
            var header = input.AsSpan(at, Block);
            if (header.Slice(257, 5).SequenceEqual("ustar"u8))
            {
                header.Slice(148, 8).Fill((byte)' ');
                var sum = 0;
                foreach (var one in header)
                {
                    sum += one;
                }

                Encoding.Latin1.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0").CopyTo(header[148..]);
            }
        }

        return input;
    }

    public override void Read(byte[] input) => ReadImages(Path);

    /// <summary>Lists an archive as a run does, and reads its first images.</summary>
    public static void ReadImages(string path)
    {
        const int Most = 8;
        var listing = DataListing.Read(path);
        foreach (var image in listing.Images.Take(Most))
        {
            if (image.Class.Length == 0 || !image.Path.StartsWith(System.IO.Path.GetFileName(path), StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"'{image.Path}' is of class '{image.Class}'.");
            }

            try
            {
                _ = listing.Places.Of(image.Path).ToArray();
            }
            catch (IOException)
            {
                // as for a file that cannot be read
            }
        }
    }
}
