using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data;

/// <summary>Deals images into splits by their content alone.</summary>
/// <remarks>
/// The first 8 bytes of a file's SHA-256, as a share of 2^64, say where it goes: below the percentage of training images to train, then to validation, then to the test.
/// So a file keeps its split whatever comes or goes, wherever it lies and whatever the seed is, and copies stay together. The price: percentages are met by chance, in each
/// class as in all.
/// </remarks>
internal sealed class ContentSplit
{
    private const string Field = "data.split";
    private readonly SplitPercentages _parts;

    private ContentSplit(SplitPercentages parts) => _parts = parts;

    /// <summary>The split that a spec asks for.</summary>
    /// <param name="spec">Where the images are.</param>
    /// <param name="listing">What was found there.</param>
    /// <returns>Null where it asks for none.</returns>
    /// <exception cref="InvalidInputException">It cannot be read, or the images have splits already.</exception>
    public static ContentSplit? For(DataSpec spec, DataListing listing) => (spec.Split, listing.Splits.Count) switch
    {
        (null, _) => null,
        ({ } text, 0) => new(SplitPercentages.Of(text) ?? throw new InvalidInputException(Field, $"is '{text}', but must be three percentages such as 70/15/15")),
        ({ } text, _) => throw new InvalidInputException(
            Field,
            $"is '{text}', but '{spec.Path}' has splits already ({string.Join(", ", listing.Splits.Order().Select(EvaluationImages.NameOf))}); leave it out, or name images without splits"),
    };

    /// <param name="images">Images whose content was hashed.</param>
    /// <returns>The images with their splits.</returns>
    /// <exception cref="InvalidInputException">A class has no image to train on.</exception>
    public IEnumerable<FoundImage> Assign(IEnumerable<FoundImage> images)
    {
        ImmutableArray<FoundImage> dealt = [.. images.Select(image => image with { Split = SplitOf(unchecked((ulong)image.Hash.Key)) })];
        ImmutableArray<string> lacking =
        [
            .. dealt.GroupBy(image => image.Class).Where(images => images.All(image => image.Split != Split.Train))
                .OrderBy(images => images.Key, StringComparer.Ordinal).Select(images => string.Create(CultureInfo.InvariantCulture, $"'{images.Key}' ({images.Count():N0})")),
        ];
        return lacking.IsEmpty ? dealt : throw new InvalidInputException(
            Field,
            $"leaves no image to train on of {Examples.Of(lacking)}: content decides, and of a few images none may fall into train; add images, raise the first percentage, "
            + "or leave it out, so that every class gives its exact share");
    }

    /// <summary>About how many of some images each split gets, where their content is not known.</summary>
    /// <param name="images">How many there are.</param>
    public (int Train, int Validation, int Test) Expected(int images)
    {
        var (validation, test) = (Part(images, _parts.Validation), Part(images, _parts.Test));
        return (images - validation - test, validation, test);
    }

    private static int Part(int images, decimal percentage) => (int)(images * percentage / 100);

    /// <param name="key">The first bytes of the content's hash.</param>
    private Split SplitOf(ulong key)
    {
        const decimal All = 1UL << 32;
        var percentage = key * 100m; // times 2^64, exact in decimal
        return percentage < _parts.Train * All * All ? Split.Train : percentage < (_parts.Train + _parts.Validation) * All * All ? Split.Validation : Split.Test;
    }
}
