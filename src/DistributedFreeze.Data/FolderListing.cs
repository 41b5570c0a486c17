namespace DistributedFreeze.Data;

/// <summary>Lists folders that a person filled. Thread-safe.</summary>
internal static class FolderListing
{
    /// <summary>Everything in a folder, but not in the folders in it.</summary>
    /// <param name="folder">Its path.</param>
    /// <returns>In no particular order.</returns>
    /// <exception cref="IOException">The folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    public static IReadOnlyList<FolderEntry> Of(string folder)
    {
        List<FolderEntry> entries = [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(Entry)];
        if (!RawNames.IsSupported || !entries.Exists(entry => entry.Name.Contains(UnreadableNames.Replacement, StringComparison.Ordinal)))
        {
            return entries;
        }

        // A file can be called by that sign. Then it is there by the name that .NET has; otherwise it stands for bytes that are no text.
        entries.RemoveAll(entry => entry.Name.Contains(UnreadableNames.Replacement, StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, entry.Name)));
        entries.AddRange(RawNames.In(folder).Select(raw => new FolderEntry(raw.Escaped, raw.IsFolder) { IsUtf8 = false, IsHidden = raw.Escaped.StartsWith('.') }));
        return entries;
    }

    // Links to folders are folders, as everywhere on Linux.
    private static FolderEntry Entry(FileSystemInfo found) => new(found.Name, found is DirectoryInfo)
    {
        IsHidden = found.Name.StartsWith('.') || (OperatingSystem.IsWindows() && found.Attributes.HasFlag(FileAttributes.Hidden)),
    };
}

/// <summary>A file or folder by its name.</summary>
/// <param name="Name">Its name; where that is not UTF-8, with <c>\xe9</c> and the like for each byte outside ASCII.</param>
/// <param name="IsFolder">Whether it is a folder, or a link to one.</param>
internal sealed record FolderEntry(string Name, bool IsFolder)
{
    /// <summary>Whether its name is UTF-8. Nothing can open it otherwise.</summary>
    public bool IsUtf8 { get; init; } = true;

    /// <summary>Whether people expect it to be passed over: on Linux, its name begins with a dot.</summary>
    public bool IsHidden { get; init; }
}
