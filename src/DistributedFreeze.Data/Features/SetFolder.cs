using System.Globalization;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>The place of one set in a cache folder: <c>ab/abcd.../</c> with <c>set.json</c> and <c>0000.features</c>, <c>0001.features</c>, ...</summary>
internal sealed class SetFolder
{
    private const string SegmentEnding = ".features";
    private const string TemporaryEnding = ".tmp";
    private const int KeyDigits = 2 * ImageHash.Bytes;
    private readonly byte[] _hash;

    private SetFolder(string root, string key)
    {
        Key = key;
        Path = System.IO.Path.Combine(root, key[..2], key);
        _hash = Convert.FromHexString(key);
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Key { get; }

    public ReadOnlySpan<byte> KeyHash => _hash;

    public string Path { get; }

    public string Description => System.IO.Path.Combine(Path, SetDescription.FileName);

    public static SetFolder Of(string root, string key) => new(root, key);

    /// <summary>Every folder that is named like a set.</summary>
    public static IEnumerable<SetFolder> All(string root)
    {
        foreach (var shelf in Folders(root))
        {
            foreach (var folder in Folders(shelf))
            {
                if (IsSet(folder))
                {
                    yield return new(root, System.IO.Path.GetFileName(folder));
                }
            }
        }
    }

    /// <summary>Whether a folder is named like a set, on the shelf of its first two digits.</summary>
    public static bool IsSet(string folder)
    {
        var name = System.IO.Path.GetFileName(folder);
        return name.Length == KeyDigits && name.All(char.IsAsciiHexDigitLower)
            && System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(folder)) == name[..2];
    }

    public string Segment(int number) =>
        System.IO.Path.Combine(Path, number.ToString("0000", CultureInfo.InvariantCulture) + SegmentEnding);

    /// <summary>Numbers of the segments there are, in order; none where there is no folder.</summary>
    public IReadOnlyList<int> Segments() =>
        [.. Files().Select(file => Number(file.Name)).OfType<int>().Order()];

    /// <summary>The files that are ours, with their lengths.</summary>
    public IEnumerable<FileInfo> OwnFiles() => Files().Where(file => IsOurs(file.Name));

    /// <summary>Bytes that the set takes.</summary>
    public long Bytes() => OwnFiles().Sum(file => file.Length);

    /// <summary>Whether a file name is one that this format uses.</summary>
    public static bool IsOurs(string name) =>
        name == SetDescription.FileName || Number(name) is not null
        || (name.EndsWith(TemporaryEnding, StringComparison.Ordinal)
            && (name.StartsWith(SetDescription.FileName, StringComparison.Ordinal) || name.Contains(SegmentEnding + ".", StringComparison.Ordinal)));

    /// <summary>Removes the set, by someone who holds its place exclusively. Files that aren't ours stay.</summary>
    /// <returns>Bytes freed.</returns>
    /// <exception cref="IOException">A file cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be removed.</exception>
    public long Remove()
    {
        var freed = 0L;

        // The description last: while it's there, a removal that was cut short is done again some day.
        foreach (var file in OwnFiles().OrderBy(file => file.Name == SetDescription.FileName).ToList())
        {
            freed += file.Length;
            file.Delete();
        }

        if (!Directory.EnumerateFileSystemEntries(Path).Any())
        {
            Directory.Delete(Path);
        }

        return freed;
    }

    private static int? Number(string name)
    {
        var digits = name.AsSpan()[..Math.Max(0, name.Length - SegmentEnding.Length)];
        return name.EndsWith(SegmentEnding, StringComparison.Ordinal) && digits.Length >= 4
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private static string[] Folders(string path)
    {
        try
        {
            return Directory.Exists(path) ? Directory.GetDirectories(path) : [];
        }
        catch (Exception e) when (e is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return []; // gone meanwhile, or not for us
        }
    }

    private FileInfo[] Files()
    {
        try
        {
            // A link is nothing that we made, and its target nothing that we may remove.
            return [.. new DirectoryInfo(Path).EnumerateFiles().Where(file => file.LinkTarget is null)];
        }
        catch (Exception e) when (e is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
