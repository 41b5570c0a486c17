using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Serialization;

namespace DistributedFreeze.TestKit.Data;

/// <summary>Archives of images as others' libraries write them.</summary>
public static class WrittenArchives
{
    /// <summary>Writes a tar of files, by .NET.</summary>
    public static void Tar(string path, params IEnumerable<(string Name, byte[] Content)> files)
    {
        using var stream = File.Create(path);
        using var tar = new TarWriter(stream, TarEntryFormat.Pax);
        foreach (var (name, content) in files)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }
    }

    /// <summary>An image and the member that says its class, in WebDataset's form.</summary>
    public static IEnumerable<(string Name, byte[] Content)> Sample(string image, byte[] content, string label)
    {
        var key = image[..image.IndexOf('.', image.LastIndexOf('/') + 1)];
        return [(image, content), (key + ".cls", Encoding.UTF8.GetBytes(label))];
    }

    /// <summary>Writes a Parquet file by Parquet.Net, with the columns of Hugging Face's <c>datasets</c>.</summary>
    public static void Parquet(string path, IEnumerable<HubRow> rows, string[]? classes = null, CompressionMethod codec = CompressionMethod.Snappy, int? rowsInGroup = null, bool hasDictionary = false)
    {
        var options = new ParquetOptions { CompressionMethod = codec, RowGroupSize = rowsInGroup };
        if (hasDictionary)
        {
            options.ColumnEncodingHints["image.bytes"] = EncodingHint.Dictionary;
            options.ColumnEncodingHints["image.path"] = EncodingHint.Dictionary;
        }

        Write(path, rows, Features(classes), options);
    }

    /// <summary>Writes rows of any kind.</summary>
    public static void Write<T>(string path, IEnumerable<T> rows, Dictionary<string, string>? metadata = null, ParquetOptions? options = null)
        where T : class
    {
        using var stream = File.Create(path);
        ParquetSerializer.SerializeAsync(rows, stream, options, metadata).GetAwaiter().GetResult();
    }

    /// <summary>What <c>datasets</c> says of the columns: https://github.com/huggingface/datasets, src/datasets/arrow_writer.py.</summary>
    public static Dictionary<string, string>? Features(string[]? classes) => classes is null ? null : new()
    {
        ["huggingface"] = JsonSerializer.Serialize(new { info = new { features = new { image = new { _type = "Image" }, label = new { names = classes, _type = "ClassLabel" } } } }),
    };
}

/// <summary>A row of a data set on the Hugging Face hub.</summary>
#pragma warning disable CA1819, IDE1006 // names and types as they stand in the file
public sealed class HubRow
{
    public HubImage? image { get; set; }

    public long? label { get; set; }
}

/// <summary>An image in a row.</summary>
public sealed class HubImage
{
    public byte[]? bytes { get; set; }

    public string? path { get; set; }
}
#pragma warning restore CA1819, IDE1006
