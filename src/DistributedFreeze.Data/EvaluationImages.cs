using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data;

/// <summary>Images whose class is known, to evaluate a model on. Immutable and thread-safe.</summary>
public sealed record EvaluationImages
{
    private const string Field = "data.path";

    private EvaluationImages()
    {
    }

    /// <summary>Full path of the data folder.</summary>
    public required string Root { get; init; }

    /// <summary>Where the images are; null where they are files below the root.</summary>
    internal ImagePlaces? Places { get; init; }

    /// <summary>Which split they are; null where the folder has none and all images are taken.</summary>
    public required Split? Split { get; init; }

    /// <summary>Whether these are the very images that the run had in that split; null where no run says.</summary>
    public required bool? AreTheRuns { get; init; }

    /// <summary>The images, by class, then file name, both ordinal.</summary>
    public required ImmutableArray<EvaluationImage> Images { get; init; }

    /// <summary>Where an image is.</summary>
    /// <param name="path">Path of one of these from the data folder.</param>
    public ImageContent ContentOf(string path) => (Places ?? new(Root)).Of(path);

    /// <summary>Takes a split of a run's own images.</summary>
    /// <remarks>
    /// Which image is in which split follows from the run's seed and shares, as it did when the run began. Where the files have changed since, it still
    /// does, but an image may have moved from one split to another; <see cref="AreTheRuns"/> is false then.
    /// </remarks>
    /// <param name="receipt">The run's.</param>
    /// <param name="folder">Where its data are now; null takes the path that the run had.</param>
    /// <param name="split">Which split.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="InvalidInputException">The folder cannot be used, or has no image in the split.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static EvaluationImages OfRun(Receipt receipt, string? folder, Split split, CancellationToken cancellationToken)
    {
        var set = Scan(receipt, folder, cancellationToken);
        return Of(set.Root, split, set.Hash == receipt.DataSha256, set.Images(split).Select(image => new EvaluationImage(image.Path, set.Classes[image.Class]))) with { Places = set.Places };
    }

    /// <summary>Hashes a run's images as they are now.</summary>
    /// <param name="receipt">The run's.</param>
    /// <param name="folder">Where its data are now; null takes the path that the run had.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <returns>64 lower-case hexadecimal digits, to be compared with <see cref="Receipt.DataSha256"/>.</returns>
    /// <exception cref="InvalidInputException">The folder cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static string HashOfRun(Receipt receipt, string? folder, CancellationToken cancellationToken) => Scan(receipt, folder, cancellationToken).Hash;

    private static DataSet Scan(Receipt receipt, string? folder, CancellationToken cancellationToken)
    {
        var spec = receipt.Spec.Data with { Path = folder ?? receipt.Spec.Data.Path };
        var set = DataSet.Scan(spec, receipt.Spec.Seed, verify: false, cancellationToken);

        // Files whose headers are good and whose pixels are not were left out by the run; finding them takes decoding.
        return set.Hash == receipt.DataSha256 ? set : DataSet.Scan(spec, receipt.Spec.Seed, verify: true, cancellationToken);
    }

    /// <summary>Takes the images of a folder of which no run knows.</summary>
    /// <param name="folder">A folder of class folders, one with folders such as <c>test</c> of class folders each, a manifest, an archive, or a folder of archives.</param>
    /// <param name="split">Which of these; null takes <c>test</c>, and all images of a folder that has no splits.</param>
    /// <exception cref="InvalidInputException">The folder is missing, laid out in another way, or has no such split.</exception>
    public static EvaluationImages InFolder(string folder, Split? split)
    {
        var root = Path.GetFullPath(folder);
        DataListing.Require(root);
        if (Manifest.Find(root) is { IsEmpty: false } files)
        {
            return Of(Manifest.Read(root, files), root, split);
        }

        if (ArchiveFolder.Find(root) is { IsEmpty: false } archives)
        {
            var listing = ArchiveListing.Read(root, archives, isToTrain: false);
            return Of(listing, root, split) with { Places = listing.Places };
        }

        var splits = Splits(root);
        if (splits.Count == 0)
        {
            return split is null
                ? Of(root, null, null, Found(root, ""))
                : throw new InvalidInputException(Field, $"'{root}' has no folder for a split, so that all its images belong together: name no split");
        }

        var wanted = split ?? Data.Split.Test;
        var name = splits.GetValueOrDefault(wanted)
            ?? throw new InvalidInputException(Field, $"'{root}' has no folder for {NameOf(wanted)}, only {string.Join(" and ", splits.Values.Order(StringComparer.Ordinal))}; name another split");
        return Of(root, wanted, null, Found(Path.Combine(root, name), name + "/"));
    }

    /// <summary>The images of a manifest: those of a split, or all where it tells none apart.</summary>
    private static EvaluationImages Of(DataListing listing, string path, Split? split)
    {
        if (listing.Splits.Count == 0)
        {
            return split is null
                ? Of(listing.Root, null, null, listing.Images.Select(image => new EvaluationImage(image.Path, image.Class)))
                : throw new InvalidInputException(Field, $"'{path}' says no split, so that all its images belong together: name no split");
        }

        var wanted = split ?? Data.Split.Test;
        return listing.Has(wanted)
            ? Of(listing.Root, wanted, null, listing.Images.Where(image => image.Split == wanted).Select(image => new EvaluationImage(image.Path, image.Class)))
            : throw new InvalidInputException(Field, $"'{path}' has no images of {NameOf(wanted)}, only of {string.Join(" and ", listing.Splits.Order().Select(NameOf))}; name another split");
    }

    /// <summary>What a split is called on a command line: <c>train</c>, <c>val</c> or <c>test</c>.</summary>
    /// <param name="split">The split.</param>
    public static string NameOf(Split split) => split == Data.Split.Validation ? "val" : split.ToString().ToLowerInvariant();

    private static EvaluationImages Of(string root, Split? split, bool? areTheRuns, IEnumerable<EvaluationImage> images)
    {
        ImmutableArray<EvaluationImage> sorted =
        [
            .. images.OrderBy(image => image.Class, StringComparer.Ordinal).ThenBy(image => Path.GetFileName(image.Path), StringComparer.Ordinal),
        ];
        return sorted.IsEmpty
            ? throw new InvalidInputException(Field, $"'{root}' has no images in the split '{NameOf(split ?? Data.Split.Test)}'; name another split")
            : new() { Root = root, Split = split, AreTheRuns = areTheRuns, Images = sorted };
    }

    private static IEnumerable<EvaluationImage> Found(string folder, string prefix) =>
        DataFolder.Read(folder).Images.Select(image => new EvaluationImage(prefix + image.Path, image.Class));

    /// <returns>The names of the folders that are called by a split.</returns>
    private static Dictionary<Split, string> Splits(string root)
    {
        try
        {
            return SplitFolders.Among(FolderListing.Of(root).Where(entry => entry is { IsFolder: true, IsUtf8: true, IsHidden: false }).Select(entry => entry.Name))
                .GroupBy(found => found.Value, found => found.Key)
                .ToDictionary(group => group.Key, group => group.Count() == 1
                    ? group.Single()
                    : throw new InvalidInputException(Field, $"'{root}' holds {string.Join(" and ", group.Order(StringComparer.Ordinal))}, which mean the same split; keep one of them"));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(Field, $"'{root}' cannot be listed: {refused.Message}");
        }
    }
}

/// <summary>An image file and the class that it is of.</summary>
/// <param name="Path">Path from the data folder with <c>/</c> between the parts.</param>
/// <param name="Class">Name of the class.</param>
public sealed record EvaluationImage(string Path, string Class);
