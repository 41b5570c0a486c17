using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Positions;

namespace DistributedFreeze.Data;

/// <summary>Which images of a shard an epoch takes where every class is to come as often, and in which order. Pure and thread-safe.</summary>
internal static class BalancedOrder
{
    /// <summary>A shard's images in the order of one epoch.</summary>
    /// <remarks>
    /// As many images as <see cref="ShardOrder.Epoch"/> takes, from the same shard. A class's part is what the shard has of the class's images, so that over all shards
    /// every class has the same; parts are rounded down, and what is left goes to the largest remainders, of equal ones to the lower class. A class's images come each in turn, shuffled
    /// anew each time round. <see cref="KeyedRandom"/> keyed by (seed, epoch, shard) shuffles them, class by class, and then the whole. The order is part of every result
    /// and never changes between versions.
    /// </remarks>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0, counted over all phases.</param>
    /// <param name="shard">The shard, from 0.</param>
    /// <param name="shardCount">Shards of the run, at least 1.</param>
    /// <param name="labels">The class of each training image, from 0.</param>
    /// <returns>Indices into the training images; empty where the shard has none.</returns>
    public static ImmutableArray<int> Epoch(int seed, int epoch, int shard, int shardCount, ReadOnlySpan<int> labels)
    {
        var taken = new int[EpochSchedule.ImagesOf(shard, shardCount, labels.Length)];
        var (own, sizes) = ByClass(shard, shardCount, labels);
        var parts = Parts([.. own.Select((images, label) => sizes[label] == 0 ? 0 : images.Count / (double)sizes[label])], taken.Length);
        var random = new KeyedRandom(seed, "balanced shard order", epoch, shard);
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

    /// <returns>The shard's images of each class, and how many the class has in all shards.</returns>
    private static (List<int>[] Own, int[] Sizes) ByClass(int shard, int shardCount, ReadOnlySpan<int> labels)
    {
        var classes = 0;
        foreach (var label in labels)
        {
            classes = Math.Max(classes, label + 1);
        }

        var own = new List<int>[classes];
        for (var label = 0; label < classes; label++)
        {
            own[label] = [];
        }

        var sizes = new int[classes];
        for (var image = 0; image < labels.Length; image++)
        {
            sizes[labels[image]]++;
            if (image % shardCount == shard)
            {
                own[labels[image]].Add(image);
            }
        }

        return (own, sizes);
    }

    /// <summary>Divides a number in proportion to weights, by largest remainders.</summary>
    private static int[] Parts(double[] weights, int number)
    {
        var parts = new int[weights.Length];
        var whole = weights.Sum();
        if (whole == 0)
        {
            return parts;
        }

        var exact = weights.Select(weight => number * weight / whole).ToArray();
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = (int)exact[i];
        }

        foreach (var i in Enumerable.Range(0, parts.Length).Where(i => weights[i] > 0).OrderByDescending(i => exact[i] - parts[i]).ThenBy(i => i).Take(number - parts.Sum()))
        {
            parts[i]++;
        }

        return parts;
    }
}
