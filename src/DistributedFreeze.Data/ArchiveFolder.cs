using System.Collections.Immutable;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data;

/// <summary>Finds the archives of a data folder, and tells their splits by their names.</summary>
internal static class ArchiveFolder
{
    private const string Field = "data.path";

    /// <returns>The archives that a path leads to: one, or those of a folder, or of its split folders; none where it is a folder of something else.</returns>
    /// <exception cref="InvalidInputException">There are archives, and class folders too; or names contradict one another; or an archive is compressed.</exception>
    public static ImmutableArray<ArchiveFile> Find(string path)
    {
        if (File.Exists(path))
        {
            return ArchiveFile.IsCompressed(path) ? throw ArchiveFile.Refusal(path) : ArchiveFile.IsOne(path) ? [new(path, "", Split: null)] : [];
        }

        try
        {
            return Directory.Exists(path) ? Below(path) : [];
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return []; // whoever lists the folder says so
        }
    }

    private static ImmutableArray<ArchiveFile> Below(string root)
    {
        var listed = FolderListing.Of(root);
        var entries = listed.Where(entry => entry is { IsHidden: false, IsUtf8: true }).ToList();
        List<string> folders = [.. entries.Where(entry => entry.IsFolder).Select(entry => entry.Name).Order(StringComparer.Ordinal)];
        var own = In(root);
        if (own.Length > 0)
        {
            RequirePlain(root, listed);
            return folders.Find(name => HoldsImages(root, name)) is not { } other ? BySplit(root, own) : throw new InvalidInputException(
                Field, $"'{root}' holds archives, such as '{own[0]}', beside folders with images, such as '{other}'; keep one of both: an archive is read in place, so the folders that came out of it can go, or it can");
        }

        var splits = SplitFolders.Among(folders);
        if (splits.Keys.Any(name => In(Path.Combine(root, name)).Length > 0))
        {
            return folders.Find(name => !splits.ContainsKey(name) && HoldsImages(root, name)) is not { } other ? InSplits(root, splits) : throw new InvalidInputException(
                Field, $"'{root}' holds archives in {string.Join(" and ", splits.Keys.Order(StringComparer.Ordinal).Select(name => $"'{name}'"))}, and images in '{other}' beside, which is no split; keep all images in archives of splits, or none");
        }

        if (folders.Exists(name => In(Path.Combine(root, name)).Length == 0 && HoldsImages(root, name)))
        {
            return [];
        }

        if (entries.Find(entry => !entry.IsFolder && ArchiveFile.IsCompressed(entry.Name)) is { } compressed)
        {
            throw ArchiveFile.Refusal(Path.Combine(root, compressed.Name));
        }

        return folders.Where(name => In(Path.Combine(root, name)).Length > 0).ToList() is not [var only] ? [] : throw new InvalidInputException(
            Field, $"'{root}' lies too high: the archives are in '{Path.Combine(root, only)}', so name that");
    }

    /// <summary>Half of a data set must not go missing because it is compressed, or because nobody can write down its name.</summary>
    private static void RequirePlain(string folder, IEnumerable<FolderEntry> entries)
    {
        foreach (var entry in entries.Where(entry => entry is { IsFolder: false, IsHidden: false }))
        {
            if (ArchiveFile.IsCompressed(entry.Name))
            {
                throw ArchiveFile.Refusal(Path.Combine(folder, entry.Name));
            }

            if (!entry.IsUtf8 && ArchiveFile.IsOne(entry.Name))
            {
                throw new InvalidInputException(Field, $"'{folder}' holds an archive whose name is not UTF-8, '{entry.Name}'; rename it");
            }
        }
    }

    /// <summary>Whether a folder has images in it, or archives, or class folders of images, as a split's folder has. One that may not be listed has none.</summary>
    private static bool HoldsImages(string root, string name)
    {
        var folder = Path.Combine(root, name);
        try
        {
            return In(folder).Length > 0 || HoldsImageFiles(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool HoldsImageFiles(string folder) => NestedClasses.HoldsImages(folder) || Directory.EnumerateDirectories(folder).Any(NestedClasses.HoldsImages);

    private static ImmutableArray<ArchiveFile> InSplits(string root, Dictionary<string, Split> splits)
    {
        if (splits.GroupBy(split => split.Value).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InvalidInputException(Field, $"'{root}' holds {string.Join(" and ", twice.Select(split => $"'{split.Key}'").Order(StringComparer.Ordinal))}, which mean the same split; keep one of them");
        }

        var files = ImmutableArray.CreateBuilder<ArchiveFile>();
        foreach (var (name, split) in splits.OrderBy(split => split.Key, StringComparer.Ordinal))
        {
            var folder = Path.Combine(root, name);
            var own = In(folder);
            RequirePlain(folder, FolderListing.Of(folder));
            if (own.Length == 0 || HoldsImageFiles(folder))
            {
                throw new InvalidInputException(Field, own.Length == 0
                    ? $"'{folder}' holds no archive ({ArchiveFile.Extensions}), but folders of other splits beside it do; keep all images in archives, or none"
                    : $"'{folder}' holds archives, such as '{own[0]}', beside folders with images; keep one of both");
            }

            files.AddRange(own.Select(file => new ArchiveFile(Path.Combine(folder, file), name + "/", split)));
        }

        return files.DrainToImmutable();
    }

    /// <returns>Names of the archives in a folder, in ordinal order.</returns>
    private static ImmutableArray<string> In(string folder) =>
    [
        .. FolderListing.Of(folder).Where(entry => entry is { IsFolder: false, IsHidden: false, IsUtf8: true } && ArchiveFile.IsOne(entry.Name)).Select(entry => entry.Name).Order(StringComparer.Ordinal),
    ];

    /// <summary>Archives side by side, whose names may have the word of a split: <c>train-00000-of-00002.parquet</c>, <c>photos-test-000003.tar</c>.</summary>
    private static ImmutableArray<ArchiveFile> BySplit(string root, ImmutableArray<string> names)
    {
        var meanings = SplitFolders.Among(names.SelectMany(Words).Distinct(StringComparer.Ordinal));
        ImmutableArray<ArchiveFile> files = [.. names.Select(name => new ArchiveFile(Path.Combine(root, name), "", SplitOf(root, name, meanings)))];
        return files.All(file => file.Split is null) || files.FirstOrDefault(file => file.Split is null) is not { } unclear ? files : throw new InvalidInputException(
            Field, $"'{root}' holds '{unclear.Name}', whose name says no split, beside '{files.First(file => file.Split is not null).Name}', whose name does; let all say train, val or test, or none");
    }

    private static Split? SplitOf(string root, string name, Dictionary<string, Split> meanings)
    {
        var found = Words(name).Where(meanings.ContainsKey).Select(word => meanings[word]).Distinct().ToList();
        return found.Count > 1
            ? throw new InvalidInputException(Field, $"'{root}' holds '{name}', whose name says {string.Join(" and ", found.Order().Select(EvaluationImages.NameOf))}; let it say one split")
            : found is [var only] ? only : null;
    }

    /// <summary>The runs of letters in a file's name without its extension.</summary>
    private static IEnumerable<string> Words(string name) =>
        string.Concat(Path.GetFileNameWithoutExtension(name).Select(one => char.IsLetter(one) ? one : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
