using DistributedFreeze.Data.Archives.Parquet;
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
    public static IReadOnlyList<string> Find(string folder) => Find(folder, ImageFormats.Includes);

    /// <summary>Finds all images: files, and those in archives, whether their class is known or not.</summary>
    /// <param name="path">A folder to begin at, or an archive: a .tar in WebDataset's form, or a .parquet file with encoded images.</param>
    /// <returns>Where they are, in ordinal order of their paths, which begin with <paramref name="path"/>.</returns>
    /// <exception cref="InvalidInputException">An archive cannot be read, or names are not UTF-8.</exception>
    /// <exception cref="IOException">A folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be listed.</exception>
    public static IReadOnlyList<ImageContent> FindAll(string path)
    {
        IReadOnlyList<string> files = Directory.Exists(path) ? Find(path, name => ImageFormats.Includes(name) || ArchiveFile.IsOne(name)) : [path];
        var cache = new PageCache(PageCache.Usual);
        return [.. files.SelectMany(file => Images(file, cache)).OrderBy(image => image.Path, StringComparer.Ordinal)];
    }

    /// <summary>Whether a file is an archive of images, by its name alone.</summary>
    /// <param name="path">Its name or path.</param>
    public static bool IsArchive(string path) => ArchiveFile.IsOne(path);

    private static IEnumerable<ImageContent> Images(string file, PageCache cache)
    {
        if (!ArchiveFile.IsOne(file))
        {
            return [file];
        }

        var contents = new ArchiveFile(Path.GetFullPath(file), Path.GetDirectoryName(file) is { Length: > 0 } folder ? folder + "/" : "", Split: null).Read(cache);
        return contents.Images.Select((image, number) => contents.Archive.ContentOf(number, $"{file}/{image.Name}"));
    }

    private static List<string> Find(string folder, Func<string, bool> isWanted)
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

            foreach (var entry in FolderListing.Of(next).Where(entry => !entry.IsHidden && (entry.IsFolder || isWanted(entry.Name))))
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
