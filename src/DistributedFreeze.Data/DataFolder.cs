using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>The image files of a data folder by split and class, by their names alone.</summary>
/// <remarks>
/// The folder is read to a fixed depth (split, class, file), so that a link to a folder above ends there instead of going round.
/// </remarks>
internal sealed class DataFolder
{
    private const string RightLayout =
        "it should hold one folder per class with the images in it, or train, val and test folders of such class folders, or archives (.tar, .parquet)";

    private readonly List<FoundImage> _images = [];
    private readonly List<ReportedFile> _ignored = [];
    private readonly List<string> _unreadableNames = [];
    private readonly List<Problem> _problems = [];
    private readonly HashSet<Split> _splits = [];

    private DataFolder()
    {
    }

    /// <exception cref="InvalidInputException">
    /// The folder is missing, cannot be listed, is laid out in another way, or holds images or classes whose names are not UTF-8.
    /// </exception>
    public static DataListing Read(string root)
    {
        RequireFolder(root);
        var folder = new DataFolder();
        try
        {
            folder.ReadRoot(root);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new InvalidInputException("data.path", $"'{root}' cannot be listed: {e.Message}") { IsStorage = true };
        }

        if (folder._unreadableNames.Count > 0)
        {
            folder._problems.Insert(0, UnreadableNames.In("data.path", root, folder._unreadableNames));
        }

        return folder._problems.Count == 0
            ? new() { Root = root, Images = folder._images, Ignored = folder._ignored, Splits = folder._splits }
            : throw new InvalidInputException(folder._problems);
    }

    /// <exception cref="InvalidInputException">There is no folder of that path.</exception>
    public static void RequireFolder(string root)
    {
        if (!Directory.Exists(root))
        {
            if (File.Exists(root) && ArchiveFile.IsCompressed(root))
            {
                throw ArchiveFile.Refusal(root);
            }

            var kind = File.Exists(root) ? $"is a file, but neither a manifest ({ManifestFile.Extensions}) nor an archive ({ArchiveFile.Extensions})" : "does not exist";
            throw new InvalidInputException("data.path", $"'{root}' {kind}; {RightLayout}") { IsStorage = !File.Exists(root) }; // of a run, which was submitted with what there was
        }
    }

    /// <returns>Names of the class folders, whatever is in them.</returns>
    /// <exception cref="InvalidInputException">The folder cannot be listed, or holds class folders whose names are not UTF-8.</exception>
    public static IReadOnlyList<string> ClassNames(string root, string field)
    {
        var folder = new DataFolder();
        List<string> names;
        string? inner;
        try
        {
            var folders = folder.List(root, "").Folders;
            var train = SplitFolders.Among(folders.Select(f => f.Name)).FirstOrDefault(split => split.Value == Split.Train).Key;
            names = train is null ? folder.Readable(folders, "") : folder.Readable(folder.List(Path.Combine(root, train), train + "/").Folders, train + "/");
            inner = train is null && !names.Any(name => NestedClasses.HoldsImages(Path.Combine(root, name))) ? NestedClasses.Below(root) : null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new InvalidInputException(field, $"'{root}' cannot be listed: {e.Message}") { IsStorage = true };
        }

        if (folder._unreadableNames.Count > 0)
        {
            throw new InvalidInputException([UnreadableNames.In(field, root, folder._unreadableNames)]);
        }

        return inner is null ? names : throw new InvalidInputException(field, TooHigh(root, inner));
    }

    private void ReadRoot(string root)
    {
        var (folders, files) = List(root, "");
        var named = SplitFolders.Among(folders.Select(f => f.Name));
        var splits = named.ToLookup(split => split.Value, split => split.Key);
        if (splits.Count == 0)
        {
            Ignore(files, "", "lies in no class folder");
            ReadClasses(root, "", folders, Split.Train, files.Count(f => ImageFormats.Promised(f.Name) is not null));
            return;
        }

        foreach (var split in splits.Where(s => s.Count() > 1))
        {
            var names = string.Join(" and ", split.Order(StringComparer.Ordinal));
            _problems.Add(new("data.path", $"'{root}' holds {names}, which mean the same split; keep one of them"));
        }

        if (!splits.Contains(Split.Train))
        {
            var names = string.Join(" and ", named.Keys.Order(StringComparer.Ordinal));
            _problems.Add(new("data.path", $"'{root}' holds {names} but no train folder; {RightLayout}"));
        }

        if (_problems.Count > 0)
        {
            return;
        }

        Ignore(files, "", "lies in no class folder");
        Ignore(folders.Where(f => !named.ContainsKey(f.Name)), "", "a folder beside the train folder");
        foreach (var split in splits)
        {
            var name = split.Single();
            var (classes, strays) = List(Path.Combine(root, name), name + "/");
            Ignore(strays, name + "/", "lies in no class folder");
            ReadClasses(Path.Combine(root, name), name + "/", classes, split.Key, strays.Count(f => ImageFormats.Promised(f.Name) is not null));
            _splits.Add(split.Key);
        }
    }

    private void ReadClasses(string parent, string prefix, List<FolderEntry> classes, Split split, int strayImages)
    {
        if (classes.Count == 0)
        {
            var strays = strayImages == 0 ? "" : $", and {strayImages} images that lie in none";
            _problems.Add(new("data.path", $"'{parent}' holds no class folders{strays}; {RightLayout}"));
        }

        List<(string Path, string? Inner)> empty = [];
        foreach (var name in Readable(classes, prefix).Order(StringComparer.Ordinal))
        {
            var path = prefix + name + "/";
            var (nested, files) = List(Path.Combine(parent, name), path);
            Ignore(nested, path, "a folder inside a class folder");
            var images = files.ToLookup(f => ImageFormats.Promised(f.Name) is not null);
            Ignore(images[false], path, $"not {ImageFormats.Names}");
            _images.AddRange(Readable(images[true], path).Select(image => new FoundImage(split, name, image, path + image) { Place = path.TrimEnd('/') }));
            if (!images[true].Any())
            {
                empty.Add((path.TrimEnd('/'), nested.Count == 0 ? null : NestedClasses.Below(Path.Combine(parent, name))));
            }
        }

        _problems.AddRange(empty.Count == classes.Count && empty.Select(e => e.Inner).OfType<string>().ToList() is [var only]
            ? [new("data.path", prefix.Length == 0 ? TooHigh(parent, only) : $"'{parent}' holds no class folders itself, they are in '{only}'; move them up")]
            : empty.Select(e => new Problem(e.Path, e.Inner is null
                ? $"the class folder holds no {ImageFormats.Names} file; add images or remove the folder"
                : $"the folder holds no images, but there are class folders in '{e.Inner}'; class folders lie side by side in one folder, so move them up")));
    }

    private static string TooHigh(string root, string inner) => $"'{root}' lies too high: the class folders are in '{inner}', so name that";

    private (List<FolderEntry> Folders, List<FolderEntry> Files) List(string folder, string prefix)
    {
        List<FolderEntry> folders = [];
        List<FolderEntry> files = [];
        foreach (var entry in FolderListing.Of(folder))
        {
            if (entry.Name == DemoImages.Marker)
            {
                continue; // our own, nothing that a person left there
            }

            if (entry.IsHidden)
            {
                _ignored.Add(new(prefix + entry.Name, "hidden"));
            }
            else
            {
                (entry.IsFolder ? folders : files).Add(entry);
            }
        }

        return (folders, files);
    }

    /// <returns>The names that lead to a file or folder.</returns>
    private List<string> Readable(IEnumerable<FolderEntry> entries, string prefix)
    {
        var names = entries.ToLookup(entry => entry.IsUtf8, entry => entry.Name);
        _unreadableNames.AddRange(names[false].Select(name => prefix + name));
        return [.. names[true]];
    }

    private void Ignore(IEnumerable<FolderEntry> entries, string prefix, string reason) =>
        _ignored.AddRange(entries.Select(e => new ReportedFile(prefix + e.Name, reason)));
}
