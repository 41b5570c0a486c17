using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Checks;

/// <summary>Checks a folder of images by its files alone: no network looks at them.</summary>
public static class FolderInspection
{
    /// <summary>Reads and decodes every file of a folder as a run would, and says what it found. Uses all processors.</summary>
    /// <remarks>However many files cannot be read, they are reported rather than refused; that a run would refuse is a warning.</remarks>
    /// <param name="spec">The folder, and how a run would take it.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="InvalidInputException">There is no such folder, or no data set in it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static DataCheck Of(DataSpec spec, int seed, CancellationToken cancellationToken) =>
        Of(DataSet.Scan(spec with { MaxSkippedShare = 1 }, seed, verify: true, cancellationToken), spec, cancellationToken);

    /// <summary>As above, for a folder that was scanned.</summary>
    /// <param name="data">What a scan found, with every file decoded.</param>
    /// <param name="spec">The folder, and how a run would take it.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    internal static DataCheck Of(DataSet data, DataSpec spec, CancellationToken cancellationToken) => new()
    {
        Path = Path.GetFullPath(spec.Path),
        Root = data.Root,
        Places = data.Places,
        DataSha256 = data.Hash,
        Classes =
        [
            .. data.Classes.Select((name, number) => new CheckedClass(name, Count(data.Train, number), Count(data.Validation, number), Count(data.Test, number))),
        ],
        ImageFiles = data.Report.ImageFiles,
        Unreadable = data.Report.Unreadable,
        Misnamed = data.Report.Misnamed,
        Ignored = data.Report.Ignored,
        Images = ImageStatistics.Of(Facts(data, cancellationToken), spec.ImageSize),
        Warnings = [.. Refusal(data.Report, spec), .. SplitFolders.Warnings(data.Root), .. ClassNames.Warnings(data.Classes), .. ClassSizes.Warnings(data, isWeighted: false)],
        Duplicates = DuplicateGroup.Sorted(All(data).GroupBy(one => one.Image.Hash).Where(copies => copies.Skip(1).Any()).Select(copies => Group(data, copies, similarity: null))),
    };

    /// <summary>Every image of a set with its split: training, validation and test images, each sorted by class and name.</summary>
    internal static ImmutableArray<(LabelledImage Image, Split Split)> All(DataSet data) =>
        [.. Enum.GetValues<Split>().SelectMany(split => data.Images(split).Select(image => (image, split)))];

    /// <summary>Names images that are the same, or nearly.</summary>
    internal static DuplicateGroup Group(DataSet data, IEnumerable<(LabelledImage Image, Split Split)> images, double? similarity) =>
        new([.. images.Select(one => Name(data, one.Image, one.Split)).OrderBy(image => image.Path, StringComparer.Ordinal)], similarity);

    /// <summary>Names an image.</summary>
    internal static CheckedImage Name(DataSet data, LabelledImage image, Split split) => new(image.Path, data.Classes[image.Class], split);

    private static IEnumerable<string> Refusal(DataReport report, DataSpec spec)
    {
        if (report.UnreadableShare > spec.MaxSkippedShare)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"a run would refuse this folder: {report.Unreadable.Length:N0} of {report.ImageFiles:N0} image files cannot be read, {100 * report.UnreadableShare:0.##} %, and `data.max_skipped_share` allows {100 * spec.MaxSkippedShare:0.##} %; mend or remove them");
        }
    }

    private static int Count(ImmutableArray<LabelledImage> images, int number) => images.Count(image => image.Class == number);

    private static ImmutableArray<ImageFacts> Facts(DataSet data, CancellationToken cancellationToken)
    {
        var images = All(data);
        var facts = new ImageFacts?[images.Length];
        OwnThreads.For(images.Length, Environment.ProcessorCount, "inspect", i => facts[i] = ImageFacts.Read(data.ContentOf(images[i].Image)), cancellationToken);
        ImmutableArray<ImageFacts> read = [.. facts.OfType<ImageFacts>()];
        return read.IsEmpty ? throw new InvalidInputException("data.path", $"the images of '{data.Root}' are gone since they were read") : read;
    }
}
