using DistributedFreeze.Data.Archives;
using DistributedFreeze.Data.Archives.Parquet;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data;

/// <summary>A file that holds many images and their classes.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Prefix">Folder that it lies in, from the data folder: empty, or ending in <c>/</c>.</param>
/// <param name="Split">The split of all its images; null where nothing says one.</param>
internal sealed record ArchiveFile(string Path, string Prefix, Split? Split)
{
    /// <summary>The extensions, for a sentence.</summary>
    public const string Extensions = ".tar or .parquet";

    /// <summary>What compresses a tar as a whole.</summary>
    private static readonly string[] Compressed = [".TAR.GZ", ".TGZ", ".TAR.BZ2", ".TBZ2", ".TAR.XZ", ".TXZ", ".TAR.ZST", ".TZST", ".TAR.LZ4"];

    /// <summary>Its path from the data folder.</summary>
    public string Name => Prefix + System.IO.Path.GetFileName(Path);

    /// <summary>Whether a name makes a file an archive; it is not looked into.</summary>
    /// <param name="path">Its name or path.</param>
    public static bool IsOne(string path) =>
        System.IO.Path.GetExtension(path).ToUpperInvariant() is ".TAR" or ".PARQUET" && !path.EndsWith(".pth.tar", StringComparison.OrdinalIgnoreCase); // that is a checkpoint, and no tar

    /// <summary>Whether a name makes a file an archive that is compressed as a whole, in which no image can be found without reading all before it.</summary>
    /// <param name="path">Its name or path.</param>
    public static bool IsCompressed(string path) => Compressed.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Refuses such a file.</summary>
    /// <param name="path">Full path.</param>
    public static InvalidInputException Refusal(string path) =>
        new("data.path", $"'{path}' is a compressed archive, in which images cannot be read in place; decompress it to a plain .tar, which makes photographs hardly larger, or unpack it");

    /// <summary>Lists it.</summary>
    /// <param name="cache">Keeps pages of images.</param>
    /// <exception cref="InvalidInputException">It cannot be read, or what it says of its images is not right.</exception>
    public ArchiveContents Read(PageCache cache) =>
        Path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) ? ParquetArchive.Read(Path, Name, cache) : TarArchive.Read(Path, Name);
}
