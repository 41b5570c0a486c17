using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>Looks for class folders below the place where they should be: an archive often unpacks into a folder of its own.</summary>
internal static class NestedClasses
{
    private const int Levels = 3;

    /// <param name="folder">Where to look; it may be the one.</param>
    /// <returns>The one folder that holds class folders with images, or split folders; null where there is none, or several.</returns>
    /// <exception cref="IOException">A folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be listed.</exception>
    public static string? Below(string folder) => Below(folder, Levels);

    private static string? Below(string folder, int levels)
    {
        List<string> inner = [.. FolderListing.Of(folder).Where(entry => entry is { IsFolder: true, IsHidden: false, IsUtf8: true }).Select(entry => Path.Combine(folder, entry.Name))];
        if (SplitFolders.Among(inner.Select(path => Path.GetFileName(path)!)).ContainsValue(Split.Train) || inner.Count(HoldsImages) >= 2)
        {
            return folder;
        }

        List<string> found = levels == 0 ? [] : [.. inner.Select(path => Below(path, levels - 1)).OfType<string>()];
        return found.Count == 1 ? found[0] : null;
    }

    /// <summary>Whether a folder itself holds an image, by the names in it.</summary>
    /// <exception cref="IOException">The folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    public static bool HoldsImages(string folder) =>
        Directory.EnumerateFiles(folder).Select(Path.GetFileName).Any(name => !name!.StartsWith('.') && ImageFormats.Includes(name));
}
