namespace DistributedFreeze.Exchange;

public sealed class GatheredPartialsTests
{
    private readonly GatheredPartials _brought = new();

    [Fact]
    public void Sums_AreInShardOrderWhoeverBringsThem()
    {
        Assert.Null(_brought.Gather([Of(2, 3), Of(0, 1)]));

        Assert.Equal([new(0, 2), new ShardNode(2, 2)], _brought.Sums.Select(sum => sum.Node));
        Assert.Equal([_brought.Sums[0].Values, _brought.Sums[1].Values], _brought.Sources.Select(source => source.Values));
    }

    [Fact]
    public void AShardThatIsBroughtTwice_IsNamed() =>
        Assert.Equal("Shard 1 was brought by two replicas.", _brought.Gather([Of(0, 1), Of(1)]));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public void AShardThatNobodyBrings_IsNamed(int brought, int missing)
    {
        _brought.Gather([Of(brought)]);

        Assert.Equal(missing, _brought.Missing(2));
    }

    [Fact]
    public void WhereAllAreBrought_NoneIsMissing()
    {
        _brought.Gather([Of(0, 1), Of(2)]);

        Assert.Null(_brought.Missing(3));
    }

    [Fact]
    public void TheSameSubtreesAgain_AreNotNew()
    {
        _brought.Gather([Of(0, 1)]);
        Assert.True(_brought.IsNew);

        _brought.Gather([Of(0, 1)]);
        Assert.False(_brought.IsNew);

        _brought.Gather([Empty(0)]);
        Assert.True(_brought.IsNew);
    }

    [Fact]
    public void AShardWithoutImages_LiesNowhere()
    {
        _brought.Gather([Empty(0), Of(2)]);

        Assert.Equal((null, 1), (_brought.Places()[new(0, 1)], _brought.Places()[new(2, 1)]));
    }

    private static PartialSums Of(params int[] shards)
    {
        var sums = new PartialSums(new(4), length: 3);
        foreach (var shard in shards)
        {
            sums.Push(shard, new VectorContribution([1, 2, 3]));
        }

        return sums;
    }

    private static PartialSums Empty(int shard)
    {
        var sums = new PartialSums(new(4), length: 3);
        sums.PushEmpty(shard);
        return sums;
    }
}
