using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data;

/// <summary>A data folder by the names in it: no file is opened, so a file that is no image still counts.</summary>
/// <remarks>With a <see cref="DataSpec.Split"/> or <see cref="DataSpec.Folds"/>, which go by content, the splits are as large as their shares say.</remarks>
/// <param name="Classes">Names of the classes, in ordinal order.</param>
/// <param name="Train">Image files to train on.</param>
/// <param name="Validation">Image files to validate on.</param>
/// <param name="Test">Image files to test on.</param>
public sealed record DataOutline(ImmutableArray<string> Classes, int Train, int Validation, int Test)
{
    /// <summary>Lists the class folders of a data folder, whether there are images in them or not, or the classes of a manifest or of archives.</summary>
    /// <param name="path">A folder of class folders, one with a <c>train</c> folder of class folders, a manifest, an archive, or a folder of archives.</param>
    /// <param name="field">What the person named it with, for errors.</param>
    /// <returns>Their names, in ordinal order.</returns>
    /// <exception cref="InvalidInputException">The folder cannot be listed, or holds class folders whose names are not UTF-8; or the manifest cannot be read.</exception>
    public static ImmutableArray<string> ClassesIn(string path, string field)
    {
        var full = Path.GetFullPath(path);
        var listing = Manifest.Find(full) is { IsEmpty: false } manifests ? Manifest.Read(full, manifests)
            : ArchiveFolder.Find(full) is { IsEmpty: false } archives ? ArchiveListing.Read(full, archives)
            : null;
        var names = listing?.Images.Where(image => image.Split == Split.Train).Select(image => image.Class).Distinct() ?? DataFolder.ClassNames(full, field);
        return [.. names.Order(StringComparer.Ordinal)];
    }

    /// <summary>Refuses a path that is neither a folder nor a manifest nor an archive; what is in it is not looked at.</summary>
    /// <param name="path">Where the images should be.</param>
    /// <exception cref="InvalidInputException">There is none, or a file of another kind.</exception>
    public static void Require(string path) => DataListing.Require(Path.GetFullPath(path));

    /// <summary>Whether a path leads to a folder, a manifest or an archive; what is in it is not looked at.</summary>
    /// <param name="path">Where the images should be.</param>
    public static bool Exists(string path) => DataListing.Exists(Path.GetFullPath(path));

    /// <summary>Lists a folder.</summary>
    /// <param name="spec">The folder and its shares.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <exception cref="InvalidInputException">The folder is missing, laid out in another way, or has fewer than 2 classes.</exception>
    public static DataOutline Read(DataSpec spec, int seed)
    {
        var folder = DataListing.Read(Path.GetFullPath(spec.Path));
        ImmutableArray<string> classes =
        [
            .. folder.Images.Where(image => image.Split == Split.Train).Select(image => image.Class).Distinct().Order(StringComparer.Ordinal),
        ];
        if (classes.Length < 2)
        {
            throw new InvalidInputException("data.path", $"'{spec.Path}' holds {classes.Length} {(folder.IsManifest ? "classes" : "class folders")}, but a run needs at least 2");
        }

        if (ContentSplit.For(spec, folder) is { } byContent)
        {
            var (train, validation, test) = byContent.Expected(folder.Images.Count);
            return new(classes, train, validation, test);
        }

        var shares = new SplitShares(
            seed, folder.Has(Split.Validation) ? 0 : spec.ValidationShare, folder.Has(Split.Test) ? 0 : spec.TestShare);
        var splits = shares.Assign(folder.Images.Where(image => image.Split == Split.Train))
            .Concat(folder.Images.Where(image => image.Split != Split.Train))
            .CountBy(image => image.Split)
            .ToDictionary();
        return new(classes, splits.GetValueOrDefault(Split.Train), splits.GetValueOrDefault(Split.Validation), splits.GetValueOrDefault(Split.Test));
    }
}
