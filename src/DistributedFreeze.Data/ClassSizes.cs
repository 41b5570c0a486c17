using System.Collections.Immutable;
using System.Globalization;

namespace DistributedFreeze.Data;

/// <summary>Classes and splits with too few images to learn from or to measure on.</summary>
internal static class ClassSizes
{
    /// <summary>Training images of a class of which nothing need be said.</summary>
    private const int Enough = 4;

    /// <summary>How many times as many images as the smallest class the largest one may have without a word.</summary>
    private const int Unbalanced = 3;

    /// <param name="data">The data set.</param>
    /// <param name="isWeighted">Whether its classes do not all count as their images are.</param>
    /// <returns>A sentence each.</returns>
    public static IEnumerable<string> Warnings(DataSet data, bool isWeighted) =>
    [
        .. Few(data),
        .. isWeighted ? [] : Uneven(data),
        .. Lacking(data, Split.Validation, "validation", "so no epoch is validated", "`data.validation_share`"),
        .. Lacking(data, Split.Test, "test", "so the model is not tested", "`data.test_share`"),
    ];

    private static IEnumerable<string> Few(DataSet data)
    {
        ImmutableArray<string> few =
        [
            .. data.Train.CountBy(image => image.Class).Where(count => count.Value < Enough).OrderBy(count => count.Key)
                .Select(count => string.Create(CultureInfo.InvariantCulture, $"'{data.Classes[count.Key]}' ({count.Value})")),
        ];
        if (!few.IsEmpty)
        {
            yield return $"{(few.Length == 1 ? "1 class has" : $"{few.Length} classes have")} fewer than {Enough} images to train on, too few to learn from: {Examples.Of(few)}";
        }
    }

    private static IEnumerable<string> Uneven(DataSet data)
    {
        var counts = data.Train.CountBy(image => image.Class).OrderBy(count => count.Value).ThenBy(count => count.Key).ToList();
        if (counts is [var (fewest, few), .., var (_, most)] && most >= Unbalanced * few)
        {
            var largest = counts.First(count => count.Value == most).Key;
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"the classes are uneven: '{data.Classes[largest]}' has {most} images to train on and '{data.Classes[fewest]}' {few}; `class_weights: balanced` lets every class count the same, `sampling: balanced` takes each equally often, ")
                + "and balanced accuracy tells how well it goes";
        }
    }

    private static IEnumerable<string> Lacking(DataSet data, Split split, string name, string consequence, string share)
    {
        var found = data.Images(split).Select(image => image.Class).ToHashSet();
        ImmutableArray<string> lacking = [.. data.Classes.Where((_, number) => !found.Contains(number)).Select(name => $"'{name}'")];
        if (found.Count == 0)
        {
            yield return $"there are no {name} images, {consequence}; "
                + data.SplitField switch
                {
                    null => $"a {name} folder, more images or a larger {share} gives some",
                    "data.folds" => $"more images{(split == Split.Validation ? $" or a larger {share}" : "")} give some",
                    _ => "more images or other percentages in `data.split` give some",
                };
        }
        else if (!lacking.IsEmpty)
        {
            yield return $"the {name} images lack {lacking.Length} of the {data.Classes.Length} classes and say nothing of {Examples.Of(lacking)}";
        }
    }
}
