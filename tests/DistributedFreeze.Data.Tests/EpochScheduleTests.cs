using DistributedFreeze.Coordination.Positions;

namespace DistributedFreeze.Data;

public sealed class EpochScheduleTests
{
    [Fact]
    public void TheLastBatchHasFewer_AndAShardMayHaveNone()
    {
        // Shards of 5, 5, 4 and 4 images in twos: 2, 2 and then 1, 1, 0, 0.
        var schedule = new EpochSchedule(imageCount: 18, shards: 4, batchSize: 8);

        Assert.Equal(3, schedule.StepsPerEpoch);
        Assert.Equal([8, 8, 2], Enumerable.Range(0, 3).Select(step => schedule.SamplesIn(step)));
        Assert.Equal([1, 1, 0, 0], Enumerable.Range(0, 4).Select(shard => schedule.SamplesIn(2, shard)));
        Assert.Equal(1, schedule.SmallestNonEmptyShardBatch);
    }

    [Fact]
    public void EveryImageComesOnceAnEpoch_ForAnyNumbers()
    {
        foreach (var shards in new[] { 1, 2, 3, 8, 13 })
        {
            foreach (var perShard in new[] { 1, 2, 5 })
            {
                foreach (var imageCount in Enumerable.Range(0, 60).Append(257))
                {
                    CheckEpoch(new(imageCount, shards, shards * perShard));
                }
            }
        }
    }

    private static void CheckEpoch(EpochSchedule schedule)
    {
        var orders = Enumerable.Range(0, schedule.Shards)
            .Select(s => ShardOrder.Epoch(9, 0, s, schedule.Shards, schedule.ImageCount)).ToList();
        List<int> seen = [];
        var smallest = int.MaxValue;
        for (var step = 0; step < schedule.StepsPerEpoch; step++)
        {
            var before = seen.Count;
            for (var shard = 0; shard < schedule.Shards; shard++)
            {
                var images = schedule.Images(orders[shard].AsSpan(), step, shard).ToArray();
                Assert.Equal(schedule.SamplesIn(step, shard), images.Length);
                seen.AddRange(images);
                smallest = images.Length > 0 ? Math.Min(smallest, images.Length) : smallest;
            }

            Assert.Equal(schedule.SamplesIn(step), seen.Count - before);
            Assert.InRange(seen.Count - before, 1, schedule.BatchSize);
        }

        Assert.Equal(Enumerable.Range(0, schedule.ImageCount), seen.Order());
        Assert.Equal(smallest == int.MaxValue ? 0 : smallest, schedule.SmallestNonEmptyShardBatch);
    }

    [Fact]
    public void ImpossibleNumbersAreRefused()
    {
        var schedule = new EpochSchedule(10, 2, 4);

        Assert.Throws<ArgumentException>("batchSize", () => new EpochSchedule(10, 4, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EpochSchedule(10, 0, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.SamplesIn(3));
        Assert.Throws<ArgumentException>("order", () => schedule.Images([1, 2], 0, 0).Length);
    }
}
