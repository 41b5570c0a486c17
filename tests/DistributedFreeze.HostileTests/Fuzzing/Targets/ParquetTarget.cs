using System.Text;
using Parquet;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A Parquet file of images, as a run lists it and reads what lies in it.</summary>
/// <param name="folder">A folder of its own.</param>
internal sealed class ParquetTarget(string folder) : FuzzTarget(folder)
{
    private const int Tail = 8;

    public override string Name => "parquet";

    public override int Inputs => 4_000;

    protected override string Ending => ".parquet";

    public override IEnumerable<byte[]> Seeds()
    {
        var path = In("seed.parquet");
        var rows = Enumerable.Range(0, 6).Select(i => new HubRow { image = i == 3 ? null : new() { bytes = [.. Enumerable.Repeat((byte)i, 40)], path = $"{i}.jpg" }, label = i % 2 }).ToList();
        foreach (var codec in (CompressionMethod[])[CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Zstd, CompressionMethod.Gzip, CompressionMethod.Brotli])
        {
            WrittenArchives.Parquet(path, rows, ["rose", "tulip"], codec, rowsInGroup: 4, hasDictionary: codec == CompressionMethod.Snappy);
            yield return File.ReadAllBytes(path);
        }
    }

    public override IEnumerable<byte[]> Words() =>
        ((string[])["PAR1", "PARE", "huggingface", "ClassLabel", "names", "image", "bytes", "path", "label"]).Select(Encoding.UTF8.GetBytes)
        .Concat([[0x15, 0], [0x15, 2], [0x15, 12], [0x15, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F], [0x16, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0x0F], [0x1C], [0x2C], [0]]);

    public override byte[] Mend(byte[] input)
    {
        // What comes last says how long what comes before it is, which begins with the version and a list.
        if (input.Length > 2 * Tail && Toss(input))
        {
            "PAR1"u8.CopyTo(input);
            "PAR1"u8.CopyTo(input.AsSpan(input.Length - Tail / 2));
            if (input.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x15, 0x02, 0x19]) is > 0 and var start && start < input.Length - Tail)
            {
                BitConverter.TryWriteBytes(input.AsSpan(input.Length - Tail), input.Length - Tail - start);
            }
        }

        return input;
    }

    public override void Read(byte[] input) => TarTarget.ReadImages(Path);
}
