using System.Globalization;
using System.Text.RegularExpressions;

namespace DistributedFreeze.Data.Features;

/// <summary>The place of one set in a cache folder: <c>ab/abcd.../</c> with <c>set.json</c> and <c>0000.features</c>, <c>0001.features</c>, ...</summary>
internal sealed partial class SetFolder
{
    private const string SegmentEnding = ".features";

    private static readonly EnumerationOptions ShelvesAndSets =
        new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true, AttributesToSkip = 0 };

    private readonly byte[] _hash;

    /// <param name="root">The cache folder.</param>
    /// <param name="key">64 lower-case hexadecimal digits.</param>
    public SetFolder(string root, string key)
    {
        Key = key;
        Path = System.IO.Path.Combine(root, key[..2], key);
        _hash = Convert.FromHexString(key);
    }

    public string Key { get; }

    public ReadOnlySpan<byte> KeyHash => _hash;

    /// <summary>Of the checksums, so that a record of another set is none of this one.</summary>
    public long Seed => BitConverter.ToInt64(_hash);

    public string Path { get; }

    public string Description => System.IO.Path.Combine(Path, SetDescription.FileName);

    /// <summary>Every folder that is named like a set, but those that are gone meanwhile, or not for us.</summary>
    public static IEnumerable<SetFolder> All(string root) => !Directory.Exists(root) ? [] : Directory.EnumerateDirectories(root, "*", ShelvesAndSets)
        .Where(IsSet).Select(folder => new SetFolder(root, System.IO.Path.GetFileName(folder)));

    /// <summary>Whether a path is named like a folder of sets.</summary>
    public static bool IsShelf(string path) => System.IO.Path.GetFileName(path) is { Length: 2 } name && name.All(char.IsAsciiHexDigitLower);

    /// <summary>Whether a path is named like a set, on the shelf of its first two digits.</summary>
    public static bool IsSet(string path) => SetPath().IsMatch(path);

    /// <summary>Whether a file name is one that this format uses.</summary>
    public static bool IsOurs(string name) => OwnName().IsMatch(name);

    public string Segment(int number) =>
        System.IO.Path.Combine(Path, number.ToString("0000", CultureInfo.InvariantCulture) + SegmentEnding);

    /// <summary>Paths of the segments there are; none where there is no folder.</summary>
    public IEnumerable<string> Segments() =>
        OwnFiles().Where(file => file.Extension == SegmentEnding).Select(file => file.FullName).Order(StringComparer.Ordinal);

    /// <summary>The files that are ours, with their lengths.</summary>
    public FileInfo[] OwnFiles()
    {
        try
        {
            // A link is nothing that we made, and its target nothing that we may remove.
            return [.. new DirectoryInfo(Path).EnumerateFiles().Where(file => IsOurs(file.Name) && file.LinkTarget is null)];
        }
        catch (Exception e) when (e is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether there is a record, by the length of the files.</summary>
    public bool HasRecords() => OwnFiles().Any(file => file.Extension == SegmentEnding && LengthOf(file) > SegmentLayout.HeaderBytes);

    /// <summary>Bytes that the set takes.</summary>
    public long Bytes() => OwnFiles().Sum(LengthOf);

    /// <returns>0 for a file that another process has removed or renamed since it was listed.</returns>
    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Removes the set unless someone has it open. Files that aren't ours stay.</summary>
    /// <param name="locks">Of whoever removes.</param>
    /// <param name="freed">Bytes freed.</param>
    /// <returns>False where the set is in use.</returns>
    /// <exception cref="IOException">The file system cannot lock, or a file cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be removed.</exception>
    public bool TryRemove(FolderLocks locks, out long freed)
    {
        freed = 0;
        using var held = locks.TryLock(FolderLocks.PlaceOf(this));
        if (held is null)
        {
            return false;
        }

        // The last segment first: no gap is left before others. The description last: while it's there, a removal that was cut short is done again some day.
        foreach (var file in OwnFiles().OrderBy(file => file.Name == SetDescription.FileName).ThenByDescending(file => file.Name, StringComparer.Ordinal))
        {
            freed += LengthOf(file);
            file.Delete();
        }

        if (Directory.Exists(Path) && !Directory.EnumerateFileSystemEntries(Path).Any())
        {
            Directory.Delete(Path);
        }

        return true;
    }

    [GeneratedRegex(@"[/\\]([0-9a-f]{2})[/\\]\1[0-9a-f]{62}\z")]
    private static partial Regex SetPath();

    // A name that ends in .tmp is of a file that was not whole when its writer died.
    [GeneratedRegex(@"^(set\.json|[0-9]{4,}\.features)(\..+\.tmp)?\z")]
    private static partial Regex OwnName();
}
