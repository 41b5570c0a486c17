using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>The image files in a folder and all the folders below it. Thread-safe.</summary>
/// <remarks>Links to folders are followed, but no folder is looked into twice: links that lead round, or several to one folder, add nothing.</remarks>
public static class ImageFolder
{
    /// <summary>Finds the image files. What is hidden is passed over, and so is what is no <see cref="ImageFormats">image by its name</see>.</summary>
    /// <param name="folder">Where to begin.</param>
    /// <returns>Their paths from <paramref name="folder"/> on, which is the beginning of each, in ordinal order.</returns>
    /// <exception cref="InvalidInputException">Some images, or folders that may hold some, have names that are not UTF-8.</exception>
    /// <exception cref="IOException">A folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be listed.</exception>
    public static IReadOnlyList<string> Find(string folder)
    {
        var images = new List<string>();
        var unreadable = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var folders = new Stack<string>();
        var links = new Stack<string>(); // later, so that an image is named by where it lies rather than by a link
        folders.Push(folder);
        while (folders.TryPop(out var next) || links.TryPop(out next))
        {
            if (!seen.Add(RealPath.Of(next)))
            {
                continue;
            }

            foreach (var entry in FolderListing.Of(next).Where(entry => !entry.IsHidden && (entry.IsFolder || ImageFormats.Includes(entry.Name))))
            {
                var path = Path.Combine(next, entry.Name);
                if (!entry.IsUtf8)
                {
                    unreadable.Add(Path.GetRelativePath(folder, path));
                }
                else if (!entry.IsFolder)
                {
                    images.Add(path);
                }
                else
                {
                    (new DirectoryInfo(path).LinkTarget is null ? folders : links).Push(path);
                }
            }
        }

        images.Sort(StringComparer.Ordinal);
        return unreadable.Count == 0 ? images : throw new InvalidInputException([UnreadableNames.In(folder, folder, unreadable)]);
    }
}
