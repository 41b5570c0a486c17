using DistributedFreeze.Data;

namespace DistributedFreeze.Training.Tests.Data;

public sealed class BalancedOrderTests
{
    private const int Shards = 4;

    /// <summary>Three classes of 100, 10 and 30 images, as a data set lists them.</summary>
    private static readonly int[] Labels = [.. Enumerable.Repeat(0, 100), .. Enumerable.Repeat(1, 10), .. Enumerable.Repeat(2, 30)];

    [Fact]
    public void AnEpoch_TakesAsManyImagesOfEveryClass()
    {
        for (var epoch = 0; epoch < 20; epoch++)
        {
            var counts = Epoch(epoch).CountBy(image => Labels[image]).ToDictionary();

            Assert.Equal(Labels.Length, counts.Values.Sum());
            Assert.All(counts.Values, count => Assert.InRange(count, (Labels.Length / 3) - Shards, (Labels.Length / 3) + Shards)); // each shard rounds once
        }
    }

    [Fact]
    public void AShard_TakesItsOwnImages_AsManyAsWithoutBalance_AndThoseOfAClassEquallyOften()
    {
        for (var shard = 0; shard < Shards; shard++)
        {
            var images = BalancedOrder.Epoch(seed: 1, epoch: 0, shard, Shards, Labels);

            Assert.Equal(ShardOrder.Epoch(seed: 1, epoch: 0, shard, Shards, Labels.Length).Length, images.Length);
            Assert.All(images, image => Assert.Equal(shard, image % Shards));
            foreach (var times in images.CountBy(image => image).GroupBy(image => Labels[image.Key], image => image.Value))
            {
                Assert.InRange(times.Max() - times.Min(), 0, 1);
            }
        }
    }

    [Fact]
    public void OtherEpochs_TakeOtherPartsOfALargeClass() =>
        Assert.True(Enumerable.Range(0, 20).SelectMany(Epoch).Where(image => Labels[image] == 0).Distinct().Count() > 90);

    [Fact]
    public void AClassOfFewerImagesThanShards_IsTakenWhereItIs()
    {
        int[] labels = [.. Enumerable.Repeat(0, 39), 1];

        Assert.All(BalancedOrder.Epoch(seed: 1, epoch: 0, shard: 0, Shards, labels), image => Assert.Equal(0, labels[image]));
        Assert.Contains(39, BalancedOrder.Epoch(seed: 1, epoch: 0, shard: 3, Shards, labels));
        Assert.Empty(BalancedOrder.Epoch(seed: 1, epoch: 0, shard: 3, Shards, [0, 0]));
    }

    /// <summary>Part of every result: it never changes.</summary>
    [Fact]
    public void TheOrder_IsTheSameForEver() =>
        Assert.Equal("9 7 11 9 11 5", string.Join(" ", BalancedOrder.Epoch(seed: 7, epoch: 3, shard: 1, shardCount: 2, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2])));

    private static IEnumerable<int> Epoch(int epoch) =>
        Enumerable.Range(0, Shards).SelectMany(shard => BalancedOrder.Epoch(seed: 1, epoch, shard, Shards, Labels));
}
