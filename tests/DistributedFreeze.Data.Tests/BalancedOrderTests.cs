using System.Collections.Immutable;

namespace DistributedFreeze.Data;

public sealed class BalancedOrderTests
{
    private const int Shards = 4;

    /// <summary>Three classes of 100, 10 and 30 images, as a data set lists them.</summary>
    private static readonly ImmutableArray<int> Labels = Classes(100, 10, 30);

    private readonly BalancedOrder _order = new(seed: 1, Shards, Labels);

    [Fact]
    public void AnEpoch_TakesEachClassEquallyOften()
    {
        for (var epoch = 0; epoch < 20; epoch++)
        {
            var counts = Epoch(epoch).CountBy(image => Labels[image]).ToDictionary();

            Assert.Equal(Labels.Length, counts.Values.Sum());
            Assert.All(counts.Values, count => Assert.InRange(count, 38, 55)); // 46.7, but for 10 images that do not fill 4 shards alike, and for rounding
        }
    }

    [Fact]
    public void AShard_TakesItsOwnImages_AsManyAsItHas_AndThoseOfAClassEquallyOften()
    {
        for (var shard = 0; shard < Shards; shard++)
        {
            var images = _order.Epoch(epoch: 0, shard);

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

    /// <summary>Whose part of an epoch is less than an image, comes in some epochs.</summary>
    [Theory]
    [InlineData(16, 40, 16, 5)]
    [InlineData(8, 100, 1, 8)]
    [InlineData(16, 100, 100, 1)]
    public void NoClass_IsLeftOutForEver(int shards, int classes, params int[] sizes)
    {
        var labels = Classes([.. Enumerable.Range(0, classes).Select(label => sizes[label % sizes.Length])]);
        var order = new BalancedOrder(seed: 1, shards, labels);

        var taken = Enumerable.Range(0, 30).SelectMany(epoch => Enumerable.Range(0, shards).SelectMany(shard => order.Epoch(epoch, shard)));

        Assert.Equal(classes, taken.Select(image => labels[image]).Distinct().Count());
    }

    [Fact]
    public void InTheMean_NoClassIsPreferred()
    {
        var labels = Classes(7, 7, 7);
        var order = new BalancedOrder(seed: 1, shardCount: 1, labels);

        var counts = Enumerable.Range(0, 300).SelectMany(epoch => order.Epoch(epoch, shard: 0)).CountBy(image => labels[image]).ToDictionary();

        Assert.All(counts.Values, count => Assert.Equal(2100, count));
    }

    [Fact]
    public void AShardWithoutAClass_TakesTheOthers()
    {
        var order = new BalancedOrder(seed: 1, Shards, Classes(39, 1));

        Assert.All(order.Epoch(epoch: 0, shard: 0), image => Assert.NotEqual(39, image));
        Assert.Contains(39, order.Epoch(epoch: 0, shard: 3));
        Assert.Empty(new BalancedOrder(seed: 1, Shards, Classes(2)).Epoch(epoch: 0, shard: 3));
    }

    /// <summary>Part of every result: it never changes.</summary>
    [Fact]
    public void TheOrder_IsTheSameForEver() =>
        Assert.Equal("11 7 9 11 9 3", string.Join(' ', new BalancedOrder(seed: 7, shardCount: 2, Classes(8, 2, 2)).Epoch(epoch: 3, shard: 1)));

    private static ImmutableArray<int> Classes(params int[] sizes) => [.. sizes.SelectMany((size, label) => Enumerable.Repeat(label, size))];

    private IEnumerable<int> Epoch(int epoch) => Enumerable.Range(0, Shards).SelectMany(shard => _order.Epoch(epoch, shard));
}
