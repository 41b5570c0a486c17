using DistributedFreeze.Coordination.Positions;

namespace DistributedFreeze.Data;

public sealed class ShardOrderTests
{
    /// <summary>Part of every result, and computed by a program of its own in Python; it never changes between versions.</summary>
    [Fact]
    public void Epoch_NeverChangesBetweenVersions() =>
        Assert.Equal([9, 33, 41, 21, 49, 37, 1, 13, 17, 25, 29, 5, 45], ShardOrder.Epoch(seed: 42, epoch: 3, shard: 1, shardCount: 4, imageCount: 50));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(3, 8)]
    [InlineData(7, 3)]
    [InlineData(64, 8)]
    [InlineData(101, 16)]
    [InlineData(1000, 7)]
    public void Epoch_GivesEveryImageToItsOwnShardOnce(int imageCount, int shardCount)
    {
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var shards = Enumerable.Range(0, shardCount).Select(s => ShardOrder.Epoch(5, epoch, s, shardCount, imageCount)).ToList();

            Assert.Equal(Enumerable.Range(0, imageCount), shards.SelectMany(s => s).Order());
            Assert.All(shards.Index(), s => Assert.All(s.Item, image => Assert.Equal(s.Index, image % shardCount)));
            Assert.All(shards.Index(), s => Assert.Equal(EpochSchedule.ImagesOf(s.Index, shardCount, imageCount), s.Item.Length));
        }
    }

    [Fact]
    public void Epoch_ShufflesOtherwiseForEverySeedEpochAndShard()
    {
        var orders =
            from seed in Enumerable.Range(0, 2)
            from epoch in Enumerable.Range(0, 3)
            from shard in Enumerable.Range(0, 3)
            select string.Join(' ', ShardOrder.Epoch(seed, epoch, shard, 3, 90).Select(i => i / 3));

        Assert.Equal(18, orders.Distinct().Count());
        Assert.Equal(ShardOrder.Epoch(1, 2, 1, 3, 90), ShardOrder.Epoch(1, 2, 1, 3, 90));
    }

    [Fact]
    public void Epoch_RefusesNumbersOutOfRange()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ShardOrder.Epoch(0, -1, 0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShardOrder.Epoch(0, 0, 4, 4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShardOrder.Epoch(0, 0, 0, 0, 1));
    }
}
