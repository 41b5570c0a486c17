using DistributedFreeze.Data.Archives;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data;

/// <summary>Image files by split and class, as folders, a manifest or archives name them. No image is opened.</summary>
internal sealed record DataListing
{
    /// <summary>Full path of the folder that paths of images begin at.</summary>
    public required string Root { get; init; }

    /// <summary>The image files, in no particular order. What belongs to no split yet is in train.</summary>
    public required IReadOnlyList<FoundImage> Images { get; init; }

    /// <summary>What was not looked into, in no particular order.</summary>
    public required IReadOnlyList<ReportedFile> Ignored { get; init; }

    /// <summary>The splits that are told apart; none where all images are in train until shares are set aside.</summary>
    public required IReadOnlySet<Split> Splits { get; init; }

    /// <summary>Whether a manifest or archives name the classes, rather than folders.</summary>
    public bool IsManifest { get; init; }

    /// <summary>Where images are that lie in archives, by path; null where all are files.</summary>
    public IReadOnlyDictionary<string, ArchivePlace>? Archived { get; init; }

    /// <summary>Where the images are.</summary>
    public ImagePlaces Places => new(Root, Archived);

    /// <summary>Whether this split is told apart.</summary>
    public bool Has(Split split) => Splits.Contains(split);

    /// <summary>Lists the images of a folder, a manifest or an archive.</summary>
    /// <param name="path">Full path of one of these.</param>
    /// <exception cref="InvalidInputException">It is missing, cannot be read, or is laid out in another way.</exception>
    public static DataListing Read(string path) =>
        Manifest.Find(path) is { IsEmpty: false } manifests ? Manifest.Read(path, manifests)
        : ArchiveFolder.Find(path) is { IsEmpty: false } archives ? ArchiveListing.Read(path, archives)
        : DataFolder.Read(path);

    /// <summary>Refuses a path that leads to none of these; what is in it is not looked at.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="InvalidInputException">It leads to nothing, or to a file of another kind.</exception>
    public static void Require(string path)
    {
        if (!Exists(path))
        {
            DataFolder.RequireFolder(path);
        }
    }

    /// <summary>Whether there is a folder, a manifest or an archive of that path.</summary>
    /// <param name="path">Full path.</param>
    public static bool Exists(string path) => Directory.Exists(path) || ((ManifestFile.IsOne(path) || ArchiveFile.IsOne(path)) && File.Exists(path));
}
