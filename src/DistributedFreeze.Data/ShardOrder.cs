using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Positions;

namespace DistributedFreeze.Data;

/// <summary>Which images belong to a shard, and in which order an epoch takes them. Pure and thread-safe.</summary>
public static class ShardOrder
{
    /// <summary>A shard's images in the order of one epoch.</summary>
    /// <remarks>
    /// Image i belongs to shard i mod V for ever; <see cref="KeyedRandom"/> keyed by (seed, epoch, shard) shuffles them. The order is part
    /// of every result and never changes between versions.
    /// </remarks>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0, counted over all phases.</param>
    /// <param name="shard">The shard, from 0.</param>
    /// <param name="shardCount">Shards of the run, at least 1.</param>
    /// <param name="imageCount">Images of the split, at least 0.</param>
    /// <returns>Indices into the split; empty where the shard has no images.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static ImmutableArray<int> Epoch(int seed, int epoch, int shard, int shardCount, int imageCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        var images = new int[EpochSchedule.ImagesOf(shard, shardCount, imageCount)];
        for (var i = 0; i < images.Length; i++)
        {
            images[i] = (i * shardCount) + shard;
        }

        new KeyedRandom(seed, "shard order", epoch, shard).Shuffle(images.AsSpan());
        return ImmutableCollectionsMarshal.AsImmutableArray(images);
    }
}
