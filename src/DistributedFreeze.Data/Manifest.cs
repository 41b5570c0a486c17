using System.Collections.Immutable;
using DistributedFreeze.Data.Manifests;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data;

/// <summary>Images and their classes as one file or several name them, rather than folders.</summary>
/// <remarks>
/// A manifest is a file of separated values or JSON Lines with a column for the image file, one for its class, and perhaps one for its split
/// (<see cref="ManifestFields"/>). Paths begin at the manifest's folder, and never lead out of it. A folder may have its manifest inside, called
/// <c>metadata.csv</c> or <c>metadata.jsonl</c>, or one in each split's folder, as Hugging Face's <c>ImageFolder</c> reads them.
/// </remarks>
internal static class Manifest
{
    private const int MostProblems = 10;
    private const int LongestClass = 255;

    private static readonly string[] InFolder = ["metadata.csv", "metadata.jsonl"];

    /// <returns>The manifests of a path; none where it is a folder whose folders are classes.</returns>
    public static ImmutableArray<ManifestFile> Find(string path)
    {
        if (ManifestFile.IsOne(path) && File.Exists(path))
        {
            return [new(path, "", Split: null)];
        }

        return Directory.Exists(path) ? Own(path, "", split: null) is { } own ? [own] : InSplits(path) : [];
    }

    /// <summary>Reads them.</summary>
    /// <param name="path">The manifest, or the folder that holds it.</param>
    /// <param name="files">What <see cref="Find"/> found there.</param>
    /// <exception cref="InvalidInputException">Lines lack something, or name what may not be; it holds the first few.</exception>
    public static DataListing Read(string path, ImmutableArray<ManifestFile> files)
    {
        List<FoundImage> images = [];
        List<Problem> problems = [];
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        var hasSplits = files.Any(file => file.Split is not null);
        var root = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!;
        foreach (var file in files)
        {
            var name = file.Prefix + Path.GetFileName(file.Path);
            foreach (var line in file.Lines())
            {
                hasSplits |= line.Split is not null;
                if (Image(file, line, root, name, out var problem) is not { } image)
                {
                    problems.Add(new($"{name}:{line.Number}", problem!));
                }
                else if (!seen.TryAdd(image.Path, $"{name}:{line.Number}"))
                {
                    problems.Add(new($"{name}:{line.Number}", $"names '{image.Path}' again, after {seen[image.Path]}; an image has one line"));
                }
                else
                {
                    images.Add(image);
                }

                if (problems.Count == MostProblems)
                {
                    throw new InvalidInputException(problems);
                }
            }
        }

        if (images.Count == 0 && problems.Count == 0)
        {
            problems.Add(new("data.path", $"'{path}' names no image; {ManifestFields.Right}"));
        }

        var splits = hasSplits ? images.Select(image => image.Split).ToHashSet() : [];
        if (hasSplits && problems.Count == 0 && !splits.Contains(Split.Train))
        {
            problems.Add(new("data.path", $"'{path}' names no image to train on: split is never train"));
        }

        return problems.Count == 0
            ? new() { Root = root, Images = images, Ignored = [], Splits = splits, IsManifest = true }
            : throw new InvalidInputException(problems);
    }

    /// <returns>Null, with the problem, where the line is not right.</returns>
    private static FoundImage? Image(ManifestFile file, ManifestLine line, string root, string name, out string? problem)
    {
        var path = line.File is null ? null : PathOf(line.File, Path.Combine(root, file.Prefix));
        var split = file.Split ?? (line.Split is null ? Split.Train : SplitFolders.Of(line.Split));
        problem = (line, path, split) switch
        {
            ({ File: null }, _, _) => "names no image file",
            (_, null, _) => $"names '{line.File}', which is no file below the manifest's folder",
            ({ Label: null }, _, _) => "says no class",
            ({ Label: { } label }, _, _) when string.IsNullOrWhiteSpace(label) || label.Length > LongestClass || label.Any(char.IsControl) =>
                $"says a class that is empty, longer than {LongestClass} characters, or has control characters",
            (_, _, null) => line.Split!.Length == 0 ? "says no split, though others do: train, val or test" : $"says split '{line.Split}', but must say train, val or test",
            _ => null,
        };
        return problem is null
            ? new(split!.Value, line.Label!, Path.GetFileName(path!), file.Prefix + path) { Place = name }
            : null;
    }

    /// <returns>A path below a folder, with no <c>.</c> in it; null where it leads out of it, to the folder itself, or nowhere.</returns>
    private static string? PathOf(string path, string folder)
    {
        if (path.Any(char.IsControl))
        {
            return null;
        }

        var below = Path.IsPathRooted(path) ? Path.GetRelativePath(folder, path) : path;
        var parts = below.Split('/').Where(part => part is not ("" or ".")).ToList();
        return parts.Count == 0 || parts.Contains("..") || Path.IsPathRooted(below) ? null : string.Join('/', parts);
    }

    private static ImmutableArray<ManifestFile> InSplits(string path)
    {
        try
        {
            var folders = FolderListing.Of(path).Where(entry => entry is { IsFolder: true, IsUtf8: true, IsHidden: false }).Select(entry => entry.Name);
            var splits = SplitFolders.Among(folders);
            ImmutableArray<ManifestFile> found = [.. splits.OrderBy(split => split.Key, StringComparer.Ordinal).Select(split => Own(path, split.Key + "/", split.Value)).OfType<ManifestFile>()];

            // Where some splits have one and others class folders, the folders say what is missing.
            return found.Length == splits.Count && splits.ContainsValue(Split.Train) ? found : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // whoever lists the folder says so
        }
    }

    private static ManifestFile? Own(string path, string prefix, Split? split) =>
        InFolder.Select(name => new ManifestFile(Path.Combine(path, prefix + name), prefix, split)).FirstOrDefault(file => File.Exists(file.Path) && HasLabels(file));

    /// <summary>A file of that name need not be a manifest: what cannot be read as one is left alone, and told of as what lies in no class folder.</summary>
    private static bool HasLabels(ManifestFile file)
    {
        try
        {
            return file.HasLabels();
        }
        catch (InvalidInputException)
        {
            return false;
        }
    }
}
