using System.Collections.Immutable;
using DistributedFreeze.Data;

namespace DistributedFreeze.Training.Advice;

/// <summary>Deals images into folds, each class evenly. Pure and thread-safe.</summary>
/// <remarks>
/// Which fold an image falls into follows from the seed and its content alone, whatever it is called. Copies of an image fall into the same one, so that none
/// is held out while its copy trains.
/// </remarks>
internal static class Folds
{
    private const string Purpose = "folds of advise";

    /// <param name="images">The images.</param>
    /// <param name="folds">How many folds, at least 2.</param>
    /// <param name="seed">The run's.</param>
    /// <returns>The fold of each image, 0 up to but not including <paramref name="folds"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="folds"/> is less than 2.</exception>
    public static ImmutableArray<int> Of(IReadOnlyList<LabelledImage> images, int folds, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        var dealt = new int[images.Count];
        var next = 0;
        foreach (var place in Dealt(images, seed))
        {
            foreach (var image in place)
            {
                dealt[image] = next % folds;
            }

            next++;
        }

        return [.. dealt];
    }

    /// <summary>Draws images, each class's share as large as among all.</summary>
    /// <param name="images">The images.</param>
    /// <param name="most">How many at most, at least 1.</param>
    /// <param name="seed">The run's.</param>
    /// <returns>Whether each image is drawn; all are where there are no more than <paramref name="most"/>.</returns>
    public static ImmutableArray<bool> Draw(IReadOnlyList<LabelledImage> images, int most, int seed)
    {
        var step = (images.Count + most - 1) / most;
        return step <= 1 ? [.. images.Select(_ => true)] : [.. Of(images, step, seed).Select(fold => fold == 0)];
    }

    /// <returns>The places of one content after another, class by class, in an order that is drawn.</returns>
    private static IEnumerable<IEnumerable<int>> Dealt(IReadOnlyList<LabelledImage> images, int seed) =>
        Enumerable.Range(0, images.Count)
            .GroupBy(i => (images[i].Class, images[i].Hash))
            .OrderBy(group => group.Key.Class)
            .ThenBy(group => new KeyedRandom(seed, Purpose, group.Key.Hash.Key).NextUInt64())
            .ThenBy(group => group.Key.Hash.ToString(), StringComparer.Ordinal);
}
