namespace DistributedFreeze.Coordination.Positions;

/// <summary>How an epoch's images fall into steps and shards. Immutable and thread-safe.</summary>
/// <remarks>
/// Each step takes the next images of every shard. Shards differ by one image at most, so that only the last step or two are short, and
/// a shard may have nothing in the last one.
/// </remarks>
internal sealed record EpochSchedule
{
    /// <param name="imageCount">Images of the split, at least 0.</param>
    /// <param name="shards">Shards of the run, at least 1.</param>
    /// <param name="batchSize">Images of a full step over all shards; a multiple of <paramref name="shards"/>, at least once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than its least.</exception>
    /// <exception cref="ArgumentException"><paramref name="batchSize"/> is no multiple of <paramref name="shards"/>.</exception>
    public EpochSchedule(int imageCount, int shards, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(imageCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (batchSize % shards != 0)
        {
            throw new ArgumentException($"A batch of {batchSize} images does not divide into {shards} shards.", nameof(batchSize));
        }

        ImageCount = imageCount;
        Shards = shards;
        BatchSize = batchSize;
    }

    /// <summary>Images of the split.</summary>
    public int ImageCount { get; }

    /// <summary>Shards of the run.</summary>
    public int Shards { get; }

    /// <summary>Images of a full step over all shards.</summary>
    public int BatchSize { get; }

    /// <summary>Images of a full step of one shard.</summary>
    public int ShardBatchSize => BatchSize / Shards;

    /// <summary>Steps until the largest shard is through; 0 without images.</summary>
    public int StepsPerEpoch => (ImagesOf(0) + ShardBatchSize - 1) / ShardBatchSize;

    /// <summary>
    /// The fewest images that a shard which has any has in a step; 0 without images. Batch norm that trains needs 2 on 1 x 1 maps.
    /// </summary>
    public int SmallestNonEmptyShardBatch =>
        ImageCount == 0 ? 0 : Math.Min(LastBatch(ImagesOf(0)), ImageCount < Shards ? int.MaxValue : LastBatch(ImagesOf(Shards - 1)));

    /// <summary>Images of a shard.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    public int ImagesOf(int shard) => ImagesOf(shard, Shards, ImageCount);

    /// <summary>Number of images of a shard: those whose index modulo <paramref name="shardCount"/> is <paramref name="shard"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A count or the shard is out of range.</exception>
    public static int ImagesOf(int shard, int shardCount, int imageCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(imageCount);
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, shardCount);
        return (imageCount / shardCount) + (shard < imageCount % shardCount ? 1 : 0);
    }

    /// <summary>Images of a step over all shards, 1 to <see cref="BatchSize"/>: what the summed gradient is divided by.</summary>
    /// <param name="step">The step within the epoch, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch has no such step.</exception>
    public int SamplesIn(int step)
    {
        // The first shards hold one image more than the others.
        var larger = ImageCount % Shards;
        return (larger * SamplesIn(step, 0)) + ((Shards - larger) * SamplesIn(step, Shards - 1));
    }

    /// <summary>Images of a step of one shard, 0 to <see cref="ShardBatchSize"/>.</summary>
    /// <param name="step">The step within the epoch, from 0.</param>
    /// <param name="shard">The shard, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch has no such step, or there is no such shard.</exception>
    public int SamplesIn(int step, int shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, StepsPerEpoch);
        return Math.Clamp(ImagesOf(shard) - (step * ShardBatchSize), 0, ShardBatchSize);
    }

    /// <summary>The images of a step of one shard.</summary>
    /// <param name="order">The shard's images in the epoch's order.</param>
    /// <param name="step">The step within the epoch, from 0.</param>
    /// <param name="shard">The shard, from 0.</param>
    /// <returns>The part of <paramref name="order"/>; empty where the shard has nothing in this step.</returns>
    /// <exception cref="ArgumentException"><paramref name="order"/> is not as long as the shard.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The epoch has no such step, or there is no such shard.</exception>
    public ReadOnlySpan<int> Images(ReadOnlySpan<int> order, int step, int shard)
    {
        var count = SamplesIn(step, shard);
        if (order.Length != ImagesOf(shard))
        {
            throw new ArgumentException($"Shard {shard} has {ImagesOf(shard)} images, not {order.Length}.", nameof(order));
        }

        return order.Slice(Math.Min(step * ShardBatchSize, order.Length), count);
    }

    private int LastBatch(int images) => ((images - 1) % ShardBatchSize) + 1;
}
