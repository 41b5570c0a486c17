using System.Collections.Immutable;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Checks;

/// <summary>What somebody should know of a folder of images before training on it. Immutable.</summary>
public sealed record DataCheck
{
    /// <summary>Full path of the folder or the manifest.</summary>
    public required string Path { get; init; }

    /// <summary>Full path of the folder that paths of images begin at.</summary>
    public required string Root { get; init; }

    /// <summary>SHA-256 over what a run would take, as a receipt has it: 64 lower-case hexadecimal digits.</summary>
    public required string DataSha256 { get; init; }

    /// <summary>Where the images are; null where they are files below the root.</summary>
    internal ImagePlaces? Places { get; init; }

    /// <summary>How many images each class has, in ordinal order of the classes.</summary>
    public required ImmutableArray<CheckedClass> Classes { get; init; }

    /// <summary>Files with an image's extension, good or not.</summary>
    public required int ImageFiles { get; init; }

    /// <summary>Image files that a run leaves out, and why.</summary>
    public required ImmutableArray<ReportedFile> Unreadable { get; init; }

    /// <summary>Image files whose content is of another format than the extension says. They are used.</summary>
    public required ImmutableArray<ReportedFile> Misnamed { get; init; }

    /// <summary>Files and folders that are not looked into, and why.</summary>
    public required ImmutableArray<ReportedFile> Ignored { get; init; }

    /// <summary>Sizes, formats and colours of the images that a run would take.</summary>
    public required ImageStatistics Images { get; init; }

    /// <summary>What speaks against training on the folder as it is, a sentence each; copies and labels have lists of their own.</summary>
    public required ImmutableArray<string> Warnings { get; init; }

    /// <summary>Files with the same content, the groups that spoil a measurement or a label first.</summary>
    public required ImmutableArray<DuplicateGroup> Duplicates { get; init; }

    /// <summary>Images that are nearly the same to the frozen base, likewise; null where nothing was asked of a base.</summary>
    public ImmutableArray<DuplicateGroup>? NearDuplicates { get; init; }

    /// <summary>Images that look like another class than theirs, the most suspicious first; null where nothing was asked of a base, or too few images say anything.</summary>
    public ImmutableArray<SuspectedLabel>? Labels { get; init; }

    /// <summary>Where an image is.</summary>
    /// <param name="image">One that this check names.</param>
    public ImageContent ContentOf(CheckedImage image) => (Places ?? new(Root)).Of(image.Path);
}

/// <summary>A class and its images.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Train">Images to train on.</param>
/// <param name="Validation">Images to validate on.</param>
/// <param name="Test">Images to test on.</param>
public sealed record CheckedClass(string Name, int Train, int Validation, int Test);

/// <summary>An image that a check names.</summary>
/// <param name="Path">Path from <see cref="DataCheck.Root"/> with <c>/</c> between the parts.</param>
/// <param name="Class">Name of its class.</param>
/// <param name="Split">What it is for.</param>
public sealed record CheckedImage(string Path, string Class, Split Split);

/// <summary>Images that are the same, or nearly.</summary>
/// <param name="Images">At least two, by path.</param>
/// <param name="Similarity">Cosine of their features, -1 to 1, the smallest by which one of them belongs to the others; null where the files are equal.</param>
public sealed record DuplicateGroup(ImmutableArray<CheckedImage> Images, double? Similarity)
{
    /// <summary>Whether they stand in two splits or more: what is measured on one was learnt from another.</summary>
    public bool CrossesSplits => Images.Any(image => image.Split != Images[0].Split);

    /// <summary>Whether they stand in two classes or more.</summary>
    public bool CrossesClasses => Images.Any(image => image.Class != Images[0].Class);

    /// <summary>The groups in the order in which somebody should look at them.</summary>
    internal static ImmutableArray<DuplicateGroup> Sorted(IEnumerable<DuplicateGroup> groups) =>
    [
        .. groups.OrderByDescending(group => group.CrossesClasses).ThenByDescending(group => group.CrossesSplits)
            .ThenByDescending(group => group.Similarity).ThenBy(group => group.Images[0].Path, StringComparer.Ordinal),
    ];
}

/// <summary>An image that looks like another class than its own to classifiers that were trained without it.</summary>
/// <param name="Image">The image.</param>
/// <param name="LooksLike">Name of the other class.</param>
/// <param name="Given">Probability of its own class, 0 to 1.</param>
/// <param name="Other">Probability of the other class, 0 to 1.</param>
public sealed record SuspectedLabel(CheckedImage Image, string LooksLike, double Given, double Other);
