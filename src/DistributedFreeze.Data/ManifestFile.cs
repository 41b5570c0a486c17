using DistributedFreeze.Data.Manifests;

namespace DistributedFreeze.Data;

/// <summary>A file that names images and their classes, one to a line.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Prefix">Folder that its paths begin at, from the data folder: empty, or ending in <c>/</c>.</param>
/// <param name="Split">The split of all its images; null where lines say it, or nothing does.</param>
internal sealed record ManifestFile(string Path, string Prefix, Split? Split)
{
    /// <summary>The extensions, for a sentence.</summary>
    public const string Extensions = ".csv, .tsv, .jsonl or .ndjson";

    /// <summary>Whether a name makes a file a manifest; it is not looked into.</summary>
    /// <param name="path">Its name or path.</param>
    public static bool IsOne(string path) => IsJson(path) || System.IO.Path.GetExtension(path).ToUpperInvariant() is ".CSV" or ".TSV";

    /// <summary>Its lines.</summary>
    /// <exception cref="Errors.InvalidInputException">They cannot be read.</exception>
    public IEnumerable<ManifestLine> Lines() => IsJson(Path) ? JsonLines.Read(Path) : CsvLines.Read(Path);

    /// <summary>Whether it names files and their classes; it may be one of captions.</summary>
    public bool HasLabels() => IsJson(Path) ? JsonLines.HasLabels(Path) : CsvLines.HasLabels(Path);

    private static bool IsJson(string path) => System.IO.Path.GetExtension(path).ToUpperInvariant() is ".JSONL" or ".NDJSON";
}
