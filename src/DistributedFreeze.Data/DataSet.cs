using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data;

/// <summary>The images of a run by split, and their classes. Immutable and thread-safe.</summary>
/// <remarks>Every silo that scans the same files with the same spec and seed gets the same set, down to <see cref="Hash"/>.</remarks>
public sealed class DataSet
{
    private const int FilesNamedInARefusal = 10;
    private const int ProblemsNamedInARefusal = 20;

    private readonly ImmutableArray<ImmutableArray<LabelledImage>> _splits;
    private readonly bool _isManifest;

    private DataSet(
        string root, ImagePlaces places, bool isManifest, ImmutableArray<string> classes, ImmutableArray<ImmutableArray<LabelledImage>> splits, DataReport report)
    {
        (Root, Places, _isManifest) = (root, places, isManifest);
        Classes = classes;
        _splits = splits;
        Report = report;
        Hash = HashOf(isManifest, classes, splits);
    }

    /// <summary>Full path of the data folder.</summary>
    public string Root { get; }

    /// <summary>Names of the class folders in ordinal order, at least 2; an image's class number points in here.</summary>
    public ImmutableArray<string> Classes { get; }

    /// <summary>Images to train on, sorted by class, then file name; at least one per class.</summary>
    public ImmutableArray<LabelledImage> Train => Images(Split.Train);

    /// <summary>Images to validate with, in the same order; may be empty.</summary>
    public ImmutableArray<LabelledImage> Validation => Images(Split.Validation);

    /// <summary>Images to test with, in the same order; may be empty.</summary>
    public ImmutableArray<LabelledImage> Test => Images(Split.Test);

    /// <summary>Where the images are.</summary>
    internal ImagePlaces Places { get; }

    /// <summary>The field of a run by which content decided the splits, rather than folders, a manifest or shares; null where it did not.</summary>
    internal string? SplitField { get; private init; }

    /// <summary>What the scan found besides good images.</summary>
    public DataReport Report { get; }

    /// <summary>
    /// SHA-256 over class names, splits, relative paths, the classes that a manifest says, and the content of every file, as 64 lower-case hexadecimal digits: it tells a
    /// set from one with other, moved or changed files, as they were when scanned.
    /// </summary>
    public string Hash { get; }

    /// <summary>The images of one split, sorted by class, then file name, both ordinal.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="split"/> is no split.</exception>
    public ImmutableArray<LabelledImage> Images(Split split)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)split, (uint)Split.Test, nameof(split));
        return _splits[(int)split];
    }

    /// <summary>The same classes with other images to train on and to validate with, and none to test.</summary>
    /// <param name="train">Images of this set, in the order of classes; at least one per class.</param>
    /// <param name="validation">Other images of this set, in the order of classes.</param>
    internal DataSet With(IEnumerable<LabelledImage> train, IEnumerable<LabelledImage> validation) =>
        new(Root, Places, _isManifest, Classes, [Numbered(train), Numbered(validation), []], Report);

    private static ImmutableArray<LabelledImage> Numbered(IEnumerable<LabelledImage> images) => [.. images.Select((image, index) => image with { Index = index })];

    /// <summary>Where an image of this set is.</summary>
    public ImageContent ContentOf(LabelledImage image) => Places.Of(image.Path);

    /// <summary>Lists the images of a data folder, reads the header of each and hashes its content.</summary>
    /// <remarks>
    /// <para>A manifest names files, classes and perhaps splits (<see cref="Manifest"/>). Without one, two layouts are understood. <c>class/image</c>: every class is split by the spec's shares. <c>train/class/image</c> with
    /// <c>val</c> (or <c>valid</c>, <c>validation</c>) and <c>test</c> beside it: taken as they are, and a missing one is split off
    /// train by its share. Which image goes where follows from a hash of the seed and the image's path alone; with a <see cref="DataSpec.Split"/> or <see cref="DataSpec.Folds"/> from its content
    /// alone.</para>
    /// <para>Image files end in .jpg, .jpeg, .png, .webp or .bmp, in any case. A misnamed one (a PNG called .jpg) is reported and used.
    /// An empty, undecodable or too large one is reported and left out, as long as no more than the spec's share of them is. Everything
    /// else, hidden or .gif files included, is reported as ignored. Copies of an image stay, each where it lies.</para>
    /// <para>A header can be good where the pixels are not (a truncated file). With <paramref name="verify"/> every file is decoded once
    /// and such a file is left out here; without it the scan is some twenty times faster, and <see cref="ImageDecoder"/> throws
    /// when it comes to that file.</para>
    /// <para>Files are read on up to as many threads as there are processors, none of them the pool's; what is found does not depend on
    /// their number. Each holds one file in memory and, when it verifies, four bytes per pixel of the image.</para>
    /// </remarks>
    /// <param name="spec">The folder, its limits and shares.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <param name="verify">Whether to decode every file.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="InvalidInputException">
    /// The folder is missing, empty or laid out in another way; it has fewer than 2 classes; a class folder is empty or holds nothing
    /// readable; validation or test has a class that train lacks; a limit or share of the spec is out of range; or more image files
    /// than the spec allows cannot be read.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static DataSet Scan(DataSpec spec, int seed, bool verify = false, CancellationToken cancellationToken = default) =>
        Scan(spec, seed, new ImageDecoder(spec), verify, keep: null, indexFolder: null, cancellationToken);

    /// <summary>As above, and decodes no file twice: what was decoded to verify it is kept, and what an earlier scan has verified is taken to be as it was.</summary>
    /// <param name="spec">The folder, its limits and shares.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <param name="keep">Receives the pixels as far as it has room.</param>
    /// <param name="decoder">What the store would read from.</param>
    /// <param name="indexFolder">Full path of the folder of features, where what was found in files is remembered until they change; null reads every file.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="InvalidInputException">As above.</exception>
    internal static DataSet ScanAndKeep(DataSpec spec, int seed, ImageDecoder decoder, PixelStore? keep, string? indexFolder, CancellationToken cancellationToken) =>
        Scan(spec, seed, decoder, verify: true, keep, indexFolder, cancellationToken);

    private static DataSet Scan(
        DataSpec spec, int seed, ImageDecoder decoder, bool verify, PixelStore? keep, string? indexFolder, CancellationToken cancellationToken)
    {
        CheckRanges(spec);
        var folder = DataListing.Read(Path.GetFullPath(spec.Path));
        var byContent = ContentSplit.For(spec, folder);
        var root = folder.Root;
        var scan = new ImageScan(folder.Places, spec, decoder, verify, keep, indexFolder, TimeProvider.System);
        var (readable, report) = Inspect(folder, spec, scan.Read(folder.Images, cancellationToken));
        var classes = folder.Images.Where(i => i.Split == Split.Train).Select(i => i.Class)
            .Distinct().Order(StringComparer.Ordinal).ToImmutableArray();
        CheckClasses(root, classes, folder, readable, report);

        var assigned = (byContent is null ? WithShares(folder, spec, seed, readable) : byContent.Assign(readable)).ToLookup(i => i.Split);
        return new(root, folder.Places, folder.IsManifest, classes, [.. Enum.GetValues<Split>().Select(s => Sorted(assigned[s], classes))], report) { SplitField = byContent?.Field };
    }

    private static IEnumerable<FoundImage> WithShares(DataListing folder, DataSpec spec, int seed, List<FoundImage> readable)
    {
        var shares = new SplitShares(seed, folder.Has(Split.Validation) ? 0 : spec.ValidationShare, folder.Has(Split.Test) ? 0 : spec.TestShare);
        return shares.Assign(readable.Where(i => i.Split == Split.Train)).Concat(readable.Where(i => i.Split != Split.Train));
    }

    private static void CheckRanges(DataSpec spec)
    {
        List<Problem> problems = [];
        void Check(bool right, string field, string message)
        {
            if (!right)
            {
                problems.Add(new(field, message));
            }
        }

        Check(!string.IsNullOrWhiteSpace(spec.Path), "data.path", "name the folder with the images");
        Check(spec.ImageSize is >= 32 and <= 1024, "data.image_size", "the size is 32 to 1,024 pixels");
        Check(spec.MaxSkippedShare is >= 0 and <= 1, "data.max_skipped_share", "a share is 0 to 1");
        Check(spec.MaxPixels is >= 1 and <= DataSpec.LargestMaxPixels, "data.max_pixels", "the limit is 1 to 1,000,000,000");
        Check(spec.ValidationShare is >= 0 and <= 0.9, "data.validation_share", "a share is 0 to 0.9");
        Check(spec.TestShare is >= 0 and <= 0.9, "data.test_share", "a share is 0 to 0.9");
        Check(
            !(spec.ValidationShare + spec.TestShare >= 1),
            "data.validation_share",
            "with `data.test_share` it leaves nothing to train on; together they stay below 1");
        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }

    private static (List<FoundImage> Readable, DataReport Report) Inspect(DataListing folder, DataSpec spec, IEnumerable<ScannedImage> scanned)
    {
        List<FoundImage> readable = [];
        List<ReportedFile> unreadable = [];
        List<ReportedFile> misnamed = [];
        foreach (var (image, header, hash) in scanned)
        {
            if (header.Fault is { } fault)
            {
                unreadable.Add(new(image.Path, fault));
                continue;
            }

            readable.Add(image with { Length = header.Length, Hash = hash });
            if (ImageFormats.Promised(image.Name) is { } promised && header.Format != promised)
            {
                misnamed.Add(new(image.Path, $"the content is {header.Format.ToString()!.ToUpperInvariant()}"));
            }
        }

        var report = new DataReport
        {
            ImageFiles = folder.Images.Count,
            Unreadable = ByPath(unreadable),
            Misnamed = ByPath(misnamed),
            Ignored = ByPath(folder.Ignored),
        };
        RefuseTooManyUnreadable(report, spec.MaxSkippedShare);
        return (readable, report);
    }

    private static void RefuseTooManyUnreadable(DataReport report, double limit)
    {
        if (report.UnreadableShare <= limit)
        {
            return;
        }

        var more = report.Unreadable.Length - FilesNamedInARefusal;
        var files = string.Join("; ", report.Unreadable.Take(FilesNamedInARefusal)) + (more > 0 ? $"; and {more} more" : "");
        throw new InvalidInputException("data.max_skipped_share", string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Unreadable.Length} of {report.ImageFiles} image files ({report.UnreadableShare:P2}) cannot be read, more than the limit of {limit:P2}; mend or remove them, or raise `data.max_skipped_share`: {files}"));
    }

    private static void CheckClasses(string root, ImmutableArray<string> classes, DataListing folder, List<FoundImage> readable, DataReport report)
    {
        if (classes.Length < 2)
        {
            throw new InvalidInputException(
                "data.path", $"'{root}' holds {classes.Length} class{(classes.IsEmpty ? "es" : $", '{classes[0]}'")}; at least 2 {(folder.IsManifest ? "classes" : "class folders")} are needed");
        }

        var trained = classes.ToHashSet(StringComparer.Ordinal);
        var left = readable.Select(PlaceOf).ToHashSet();
        var (remove, mend) = folder.Archived is not null ? ("its samples", "write them anew or remove their samples")
            : folder.IsManifest ? ("its lines", "mend their paths or remove their lines")
            : ("this folder", "");
        var problems = folder.Images.OrderBy(i => i.Path, StringComparer.Ordinal).DistinctBy(PlaceOf)
            .Select(image => !trained.Contains(image.Class)
                ? new Problem(image.Place, $"class '{image.Class}' has no images in train; {(ClassNames.Twin(image.Class, classes) is { } twin ? $"train has {twin}: call both the same" : $"add some there, or remove {remove}")}")
                : !left.Contains(PlaceOf(image))
                    ? new Problem(image.Place, folder.IsManifest
                        ? $"none of the images of class '{image.Class}' can be read, such as {report.Unreadable.First(file => file.Path == image.Path)}; {mend}"
                        : "none of the images in this class folder can be read; replace them or remove the folder")
                    : null)
            .OfType<Problem>()
            .Take(ProblemsNamedInARefusal)
            .ToList();
        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }

        // A class lies in a folder of its own, but in any of a split's archives: the only image of it that one of them has may be damaged.
        (string Place, string Class) PlaceOf(FoundImage image) => (folder.Archived is null ? image.Place : EvaluationImages.NameOf(image.Split), image.Class);
    }


    private static ImmutableArray<ReportedFile> ByPath(IEnumerable<ReportedFile> files) =>
        [.. files.OrderBy(f => f.Path, StringComparer.Ordinal)];

    private static ImmutableArray<LabelledImage> Sorted(IEnumerable<FoundImage> images, ImmutableArray<string> classes)
    {
        var numbers = classes.Select((name, number) => (name, number)).ToDictionary(c => c.name, c => c.number, StringComparer.Ordinal);
        return
        [
            .. images
                .OrderBy(i => numbers[i.Class])
                .ThenBy(i => i.Name, StringComparer.Ordinal)
                .ThenBy(i => i.Path, StringComparer.Ordinal)
                .Select((image, index) => new LabelledImage(index, image.Path, numbers[image.Class], image.Length, image.Hash)),
        ];
    }

    private static string HashOf(bool isManifest, ImmutableArray<string> classes, ImmutableArray<ImmutableArray<LabelledImage>> splits)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        // A file name cannot hold a zero, so that no two lists make the same text.
        void Append(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + '\0'));
        Append("DistributedFreeze data set 2");
        Append(classes.Length.ToString(CultureInfo.InvariantCulture));
        foreach (var name in classes)
        {
            Append(name);
        }

        foreach (var images in splits)
        {
            Append(images.Length.ToString(CultureInfo.InvariantCulture));
            foreach (var image in images)
            {
                Append(image.Path);
                Append(image.Hash.ToString());
                if (isManifest)
                {
                    Append(image.Class.ToString(CultureInfo.InvariantCulture)); // a folder's name is in the path
                }
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
