namespace DistributedFreeze.Silo.Http.Access;

/// <summary>One caller of the API: a key, and what its holder may do.</summary>
public sealed record CallerOptions
{
    private const int LongestName = 64;

    /// <summary>The secret, at least 20 characters.</summary>
    public string Key { get; init; } = "";

    /// <summary>A key that is taken besides, while one takes over from the other; null for none.</summary>
    public string? OtherKey { get; init; }

    /// <summary>Viewer, submitter, admin, or several of them with commas between; null takes the API's default.</summary>
    public CallerRoles? Role { get; init; }

    /// <summary>Folders below the data roots that the caller's runs may read, relative to the roots; none allows all of the roots.</summary>
    public string[] DataFolders { get; init; } = [];

    /// <summary>Folders below the output roots that the caller's runs may write, relative to the roots; none allows all of the roots.</summary>
    public string[] OutputFolders { get; init; } = [];

    /// <summary>The keys that the caller has.</summary>
    internal IEnumerable<string> Keys => OtherKey is null ? [Key] : [Key, OtherKey];

    /// <summary>What is wrong, a sentence each.</summary>
    internal IEnumerable<string> Problems(string section, string name, int shortest)
    {
        if (name.Length > LongestName || name.Any(one => !(char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.' or '@')))
        {
            yield return $"{section} must be a name of 1 to {LongestName} letters, digits, dots, dashes, underscores and @";
        }

        if (Key.Length < shortest)
        {
            yield return $"{section}:Key must have at least {shortest} characters, got {Key.Length}";
        }

        if (OtherKey?.Length < shortest)
        {
            yield return $"{section}:OtherKey must have at least {shortest} characters, got {OtherKey.Length}";
        }

        foreach (var (setting, folder) in DataFolders.Select(folder => (nameof(DataFolders), folder)).Concat(OutputFolders.Select(folder => (nameof(OutputFolders), folder))))
        {
            if (!IsFolder(folder))
            {
                yield return $"{section}:{setting} must name folders below the roots, such as team-a or teams/a, got '{folder}'";
            }
        }
    }

    /// <summary>Whether a text names a folder below a root, and none beside it.</summary>
    internal static bool IsFolder(string folder) =>
        folder.Length > 0 && !Path.IsPathRooted(folder) && !folder.Any(char.IsControl) && folder.Split('/').All(name => name is not ("" or "." or ".."));
}
