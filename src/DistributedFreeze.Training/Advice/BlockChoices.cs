using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Data;

namespace DistributedFreeze.Training.Advice;

/// <summary>The blocks that a head should see together: chosen by all probed images, and where some of these judge short runs, once more without them for each split.</summary>
/// <remarks>A choice that the judging images had a say in would flatter itself: a head on it is judged as chosen without them, and recommended as chosen by all.</remarks>
internal sealed class BlockChoices
{
    private readonly BlockSelector _whole;
    private readonly ImmutableArray<BlockSelector?> _ofSplits;

    /// <param name="records">The channel means of each image, one record per image.</param>
    /// <param name="images">The images.</param>
    /// <param name="splits">The ways to divide the images of short runs.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="blocks">The base's.</param>
    /// <param name="seed">The run's.</param>
    public BlockChoices(IReadOnlyList<float[]> records, IReadOnlyList<LabelledImage> images, ImmutableArray<DataSet> splits, int classes, Blocks blocks, int seed)
    {
        _whole = new(records, images, classes, blocks, seed);
        _ofSplits = [.. splits.Select(Without)];

        BlockSelector? Without(DataSet split)
        {
            var judges = split.Validation.Select(image => image.Hash).ToHashSet();
            ImmutableArray<int> left = [.. Enumerable.Range(0, images.Count).Where(i => !judges.Contains(images[i].Hash))];
            return left.Length == images.Count ? null : new([.. left.Select(i => records[i])], [.. left.Select(i => images[i])], classes, blocks, seed);
        }
    }

    /// <summary>Parts of a whole <see cref="Run"/>.</summary>
    public int Parts => (_whole.Parts == 0 ? 0 : _whole.Parts + 1) + _ofSplits.Sum(split => split?.Parts ?? 0);

    /// <summary>Chooses, on threads of its own. The result does not depend on their number.</summary>
    /// <param name="threads">How many threads.</param>
    /// <param name="done">Told after each part, from any thread.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The choice of all images as a person is shown it, or null; and what heads are tried with.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public (BlockSelection? Whole, ChosenBlocks Chosen) Run(int threads, Action done, CancellationToken cancellationToken)
    {
        var (whole, answers) = _whole.Run(threads, done, cancellationToken);
        return whole is null
            ? (null, ChosenBlocks.None)
            : (whole, new(whole.Layers, [.. _ofSplits.Select(split => split is null ? whole.Layers : split.Choose(threads, done, cancellationToken))], answers));
    }
}
