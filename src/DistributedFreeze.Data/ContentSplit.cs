using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data;

/// <summary>Deals images into splits by their content alone.</summary>
/// <remarks>
/// The first 8 bytes of a file's SHA-256, as a share of 2^64, say where it goes: below the percentage of training images to train, then to validation, then to the test. Folds are as many
/// equal parts of that range, one of them the test, and what lies at the end of each other one is for validation.
/// So a file keeps its split whatever comes or goes, wherever it lies and whatever the seed is, and copies stay together. The price: percentages are met by chance, in each
/// class as in all.
/// </remarks>
internal sealed class ContentSplit
{
    private const decimal All = 18_446_744_073_709_551_616m; // 2^64

    private readonly Func<ulong, Split> _rule;
    private readonly decimal _validation;
    private readonly decimal _test;

    /// <param name="field">The field of a run that asks for it.</param>
    /// <param name="rule">The split of a file by the first bytes of its content's hash.</param>
    /// <param name="validation">Share of the images that are for validation.</param>
    /// <param name="test">Share that are for the test.</param>
    private ContentSplit(string field, Func<ulong, Split> rule, decimal validation, decimal test) => (Field, _rule, _validation, _test) = (field, rule, validation, test);

    /// <summary>The field of a run that asks for it.</summary>
    public string Field { get; }

    /// <summary>The split that a spec asks for.</summary>
    /// <param name="spec">Where the images are.</param>
    /// <param name="listing">What was found there.</param>
    /// <returns>Null where it asks for none.</returns>
    /// <exception cref="InvalidInputException">It cannot be read, or the images have splits already.</exception>
    public static ContentSplit? For(DataSpec spec, DataListing listing)
    {
        var (wanted, asked) = spec switch
        {
            { Folds: { } folds } => (OfFolds(folds, spec.Fold ?? 0, spec.ValidationShare), $"{folds}"),
            { Split: { } text } => (OfPercentages(text), $"'{text}'"),
            _ => (null, ""),
        };
        return wanted is null || listing.Splits.Count == 0 ? wanted : throw new InvalidInputException(
            wanted.Field,
            $"is {asked}, but '{spec.Path}' has splits already ({string.Join(", ", listing.Splits.Order().Select(EvaluationImages.NameOf))}); leave it out, or name images without splits");
    }

    private static ContentSplit OfPercentages(string text)
    {
        const string Field = "data.split";
        var parts = SplitPercentages.Of(text) ?? throw new InvalidInputException(Field, $"is '{text}', but must be three percentages such as 70/15/15");
        Split Rule(ulong key)
        {
            var percentage = key * 100m; // times 2^64, exact in decimal
            return percentage < parts.Train * All ? Split.Train : percentage < (parts.Train + parts.Validation) * All ? Split.Validation : Split.Test;
        }

        return new(Field, Rule, parts.Validation / 100, parts.Test / 100);
    }

    private static ContentSplit OfFolds(int folds, int fold, double validationShare)
    {
        const string Field = "data.folds";
        if (folds < 2 || fold < 1 || fold > folds)
        {
            throw new InvalidInputException(Field, $"is {folds}, but must be at least 2, with `data.fold` from 1 to it");
        }

        var validation = (decimal)validationShare;
        var trained = (1 - validation) * All;
        Split Rule(ulong key)
        {
            var place = (UInt128)key * (uint)folds; // in 2^64ths of a fold
            return (int)(place >> 64) + 1 == fold ? Split.Test : (ulong)place < trained ? Split.Train : Split.Validation;
        }

        var test = 1m / folds;
        return new(Field, Rule, (1 - test) * validation, test);
    }

    /// <param name="images">Images whose content was hashed.</param>
    /// <returns>The images with their splits.</returns>
    /// <exception cref="InvalidInputException">A class has no image to train on.</exception>
    public IEnumerable<FoundImage> Assign(IEnumerable<FoundImage> images)
    {
        ImmutableArray<FoundImage> dealt = [.. images.Select(image => image with { Split = _rule(unchecked((ulong)image.Hash.Key)) })];
        ImmutableArray<string> lacking =
        [
            .. dealt.GroupBy(image => image.Class).Where(images => images.All(image => image.Split != Split.Train))
                .OrderBy(images => images.Key, StringComparer.Ordinal).Select(images => string.Create(CultureInfo.InvariantCulture, $"'{images.Key}' ({images.Count():N0})")),
        ];
        return lacking.IsEmpty ? dealt : throw new InvalidInputException(
            Field,
            $"leaves no image to train on of {Examples.Of(lacking)}: content decides, and of a few images none may fall into train; add images, "
            + (Field == "data.folds" ? "or take fewer folds" : "raise the first percentage, or leave it out, so that every class gives its exact share"));
    }

    /// <summary>About how many of some images each split gets, where their content is not known.</summary>
    /// <param name="images">How many there are.</param>
    public (int Train, int Validation, int Test) Expected(int images)
    {
        var (validation, test) = ((int)(images * _validation), (int)(images * _test));
        return (images - validation - test, validation, test);
    }
}
