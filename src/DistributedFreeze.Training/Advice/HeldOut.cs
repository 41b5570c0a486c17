using System.Collections.Immutable;
using DistributedFreeze.Data;

namespace DistributedFreeze.Training.Advice;

/// <summary>Which images candidates learn from, and which they are judged by. Pure and thread-safe.</summary>
internal static class HeldOut
{
    /// <summary>Parts of the training images of which one is held out where there are no validation images.</summary>
    public const int DefaultFolds = 5;

    /// <summary>The ways to divide the images; test images are in none of them.</summary>
    /// <param name="data">The run's images.</param>
    /// <param name="folds">How many folds training and validation images are dealt into; null holds out the validation images alone, or one of five folds where there are none.</param>
    /// <param name="seed">The run's.</param>
    public static ImmutableArray<DataSet> Of(DataSet data, int? folds, int seed)
    {
        if (folds is null && !data.Validation.IsEmpty)
        {
            return [data.With(data.Train, data.Validation)];
        }

        ImmutableArray<LabelledImage> all =
        [
            .. data.Train.Concat(data.Validation).OrderBy(image => image.Class).ThenBy(image => Path.GetFileName(image.Path), StringComparer.Ordinal).ThenBy(image => image.Path, StringComparer.Ordinal),
        ];
        var dealt = Folds.Of(all, folds ?? DefaultFolds, seed);
        return [.. Enumerable.Range(0, folds ?? 1).Select(fold => data.With(Of(other => other != fold), Of(other => other == fold)))];

        IEnumerable<LabelledImage> Of(Func<int, bool> isIn) => all.Where((_, i) => isIn(dealt[i]));
    }
}
