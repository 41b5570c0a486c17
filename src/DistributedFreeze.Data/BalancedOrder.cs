using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Positions;

namespace DistributedFreeze.Data;

/// <summary>Which images of its own a shard takes in an epoch where the classes are balanced, and in which order. Immutable and thread-safe.</summary>
/// <remarks>
/// <para>
/// A shard takes as many images as it has. A class's part of them is in proportion to the share that the shard has of the class's images, so that classes with images in every
/// shard come equally often; one with fewer images than shards comes less often, since a shard takes no other's images.
/// </para>
/// <para>
/// Parts are whole numbers in each epoch and exact in the mean: the ends of the classes' parts, laid end to end and moved by a number from 0 to 1 that is drawn for the epoch and shard, are rounded down
/// (systematic sampling: Madow, "On the Theory of Systematic Sampling II", 1949). A class's images are shuffled and taken in turn, and shuffled again when all were taken. At last the
/// whole is shuffled. The order is part of every result and never changes between versions.
/// </para>
/// </remarks>
internal sealed class BalancedOrder
{
    private readonly int _seed;
    private readonly int _shardCount;
    private readonly ImmutableArray<int> _labels;
    private readonly int[] _sizes;

    /// <param name="seed">The run's seed.</param>
    /// <param name="shardCount">Shards of the run, at least 1.</param>
    /// <param name="labels">The class of each training image, from 0.</param>
    public BalancedOrder(int seed, int shardCount, ImmutableArray<int> labels)
    {
        _seed = seed;
        _shardCount = shardCount;
        _labels = labels;
        _sizes = new int[labels.IsEmpty ? 0 : labels.Max() + 1];
        foreach (var label in labels)
        {
            _sizes[label]++;
        }
    }

    /// <summary>A shard's images in the order of one epoch.</summary>
    /// <param name="epoch">The epoch, from 0, counted over all phases.</param>
    /// <param name="shard">The shard, from 0.</param>
    /// <returns>Indices into the training images, all of the shard; empty where the shard has none.</returns>
    public ImmutableArray<int> Epoch(int epoch, int shard)
    {
        var random = new KeyedRandom(_seed, "balanced shard order", epoch, shard);
        var own = OwnByClass(shard);
        var taken = new int[EpochSchedule.ImagesOf(shard, _shardCount, _labels.Length)];
        var parts = Parts([.. own.Select((images, label) => images.Count == 0 ? 0 : images.Count / (double)_sizes[label])], taken.Length, random.NextDouble());
        var next = 0;
        for (var label = 0; label < own.Length; label++)
        {
            var images = CollectionsMarshal.AsSpan(own[label]);
            for (var left = parts[label]; left > 0;)
            {
                random.Shuffle(images);
                var count = Math.Min(left, images.Length);
                images[..count].CopyTo(taken.AsSpan(next));
                next += count;
                left -= count;
            }
        }

        random.Shuffle(taken.AsSpan());
        return ImmutableCollectionsMarshal.AsImmutableArray(taken);
    }

    private List<int>[] OwnByClass(int shard)
    {
        var own = new List<int>[_sizes.Length];
        for (var label = 0; label < own.Length; label++)
        {
            own[label] = [];
        }

        for (var image = shard; image < _labels.Length; image += _shardCount)
        {
            own[_labels[image]].Add(image);
        }

        return own;
    }

    /// <summary>Divides a number in proportion to weights.</summary>
    /// <param name="weights">Weights; one of 0 gets nothing.</param>
    /// <param name="number">What is divided.</param>
    /// <param name="offset">What the ends of the parts are moved by before they are rounded down, 0 up to but not including 1.</param>
    private static int[] Parts(double[] weights, int number, double offset)
    {
        var parts = new int[weights.Length];
        var (whole, last) = (weights.Sum(), Array.FindLastIndex(weights, weight => weight > 0));
        var (sum, given) = (0.0, 0);
        for (var i = 0; i <= last; i++)
        {
            sum += weights[i];
            var end = i == last ? number : Math.Min(number, (int)((number * sum / whole) + offset)); // the last one ends where all of it does, whatever was rounded
            (parts[i], given) = (end - given, end);
        }

        return parts;
    }
}
