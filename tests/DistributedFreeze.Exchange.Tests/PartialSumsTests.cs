namespace DistributedFreeze.Exchange;

public sealed class PartialSumsTests
{
    private readonly PartialSums _sums = new(new ShardTree(8), length: 2);

    [Fact]
    public void Push_AddsTheHalvesOfANodeAsSoonAsBothAreThere()
    {
        Push(2, 3, 4, 5, 6);

        Assert.Equal([new(2, 2), new(4, 2), new(6, 1)], _sums.Nodes.Select(sum => sum.Node));
        Assert.Equal([5f, 9f, 6f], _sums.Nodes.Select(sum => sum.Values![0]));
    }

    [Fact]
    public void Push_OfAllShards_PublishesTheRootWithThePlainTreesBits()
    {
        var shards = Enumerable.Range(0, 8).Select(shard => PlainTree.Contribution(1, shard, 2)).ToArray();
        for (var shard = 0; shard < 8; shard++)
        {
            _sums.Push(shard, shards[shard]);
        }

        var root = Assert.Single(_sums.Nodes);
        Assert.Equal(new(0, 8), root.Node);
        Assert.Equal(PlainTree.Sum(shards), root.Values);
    }

    [Fact]
    public void Push_OfSumsOverWholeNodes_GivesTheSumsOfTheirShards()
    {
        var shards = Enumerable.Range(0, 8).Select(shard => PlainTree.Contribution(1, shard, 2)).ToArray();
        var pairs = new PartialSums(new ShardTree(2), 2);

        _sums.Push(new ShardNode(0, 2), new VectorContribution(PlainTree.Sum(shards[..2])!));
        _sums.Push(new ShardNode(2, 2), new VectorContribution(PlainTree.Sum(shards[2..4])!));
        _sums.Push(4, shards[4]);
        _sums.Push(new ShardNode(5, 1), new VectorContribution(shards[5]));
        _sums.Push(new ShardNode(6, 2), new VectorContribution(PlainTree.Sum(shards[6..])!));
        pairs.Push(new ShardNode(0, 1), null);
        pairs.Push(new ShardNode(1, 1), new VectorContribution([3, 4]));

        Assert.Equal(PlainTree.Sum(shards), Assert.Single(_sums.Nodes).Values);
        Assert.Equal([3, 4], Assert.Single(pairs.Nodes).Values!);
        Assert.Throws<ArgumentException>(() => _sums.Push(new ShardNode(6, 2), null));
    }

    [Fact]
    public void Push_DoesNotJoinNeighboursOfDifferentParents()
    {
        Push(1, 2);

        Assert.Equal([new(1, 1), new(2, 1)], _sums.Nodes.Select(sum => sum.Node));
    }

    [Fact]
    public void Push_OfAnEmptyShard_KeepsTheOtherHalfAsItIs()
    {
        _sums.Push(0, []);
        _sums.Push(1, [-0f, 7]);
        _sums.Push(2, []);
        _sums.Push(3, []);

        var node = Assert.Single(_sums.Nodes);
        Assert.Equal(new(0, 4), node.Node);
        Assert.True(float.IsNegative(node.Values![0]));
        Assert.Equal(7, node.Values[1]);
    }

    [Theory]
    [InlineData(1, new[] { 0 }, new int[0])]
    [InlineData(8, new[] { 0, 1, 2, 3, 4, 5, 6, 7 }, new int[0])]
    [InlineData(8, new[] { 2, 3, 4, 5, 6 }, new[] { 4 })]
    [InlineData(7, new[] { 0, 1, 2, 3, 4, 5, 6 }, new[] { 0, 1, 6 })]
    [InlineData(6, new[] { 1, 2, 4, 5 }, new[] { 4, 5 })]
    [InlineData(4, new[] { 0, 1, 2, 3 }, new[] { 0, 1, 2, 3 })]
    public void Complete_OfDeferredContributions_GivesTheSumsOfThoseThatAreAddedAtOnce(int shards, int[] own, int[] empty)
    {
        const int Length = 5_000; // some stretches
        var (eager, deferred) = (new PartialSums(new ShardTree(shards), Length), new PartialSums(new ShardTree(shards), Length));
        for (var step = 0; step < 2; step++)
        {
            eager.Reset();
            deferred.Reset();
            foreach (var shard in own)
            {
                var values = empty.Contains(shard) ? null : PlainTree.Contribution(step, shard, Length);
                eager.Push(shard, values ?? []);
                if (values is null)
                {
                    deferred.PushEmpty(shard);
                }
                else
                {
                    deferred.Push(shard, new Deferred(values));
                }
            }

            deferred.Complete();

            Assert.Equal(eager.Nodes.Select(sum => sum.Node), deferred.Nodes.Select(sum => sum.Node));
            Assert.Equal(eager.Nodes.Select(sum => sum.Values), deferred.Nodes.Select(sum => sum.Values));
        }
    }

    [Fact]
    public void DeferredContributions_KeepTheOrderAndAreNoSumsYet()
    {
        _sums.Push(3, new Deferred([1, 2]));

        Assert.Throws<ArgumentException>(() => _sums.Push(3, new Deferred([1, 2])));
        Assert.Throws<InvalidOperationException>(() => _sums.Nodes);
    }

    [Fact]
    public void ADeferredContribution_AddsItself()
    {
        var values = PlainTree.Contribution(1, 2, 5_000);
        var sum = PlainTree.Contribution(1, 3, 5_000);
        IShardContribution contribution = new Deferred(values);

        float[] expected = [.. sum.Zip(values, (a, b) => a + b)];
        contribution.AddTo(sum);

        Assert.Equal(expected, sum);
    }

    [Fact]
    public void Push_CopiesTheContribution()
    {
        float[] contribution = [1, 2];
        _sums.Push(0, contribution);

        contribution[0] = 100;

        Assert.Equal(1, _sums.Nodes[0].Values![0]);
    }

    [Fact]
    public void Push_RefusesAnotherOrderTheSameShardAndAnotherLength()
    {
        Push(2);

        Assert.Throws<ArgumentException>(() => _sums.Push(2, [0, 0]));
        Assert.Throws<ArgumentException>(() => _sums.Push(1, [0, 0]));
        Assert.Throws<ArgumentException>(() => _sums.Push(3, [0, 0, 0]));
    }

    [Fact]
    public void Reset_KeepsTheBuffersForTheNextStep()
    {
        Push(0, 1, 2, 4, 5, 7);
        var before = Buffers();

        _sums.Reset();
        Assert.Empty(_sums.Nodes);
        Push(0, 1, 2, 4, 5, 7);

        Assert.Subset(before, Buffers());

        HashSet<float[]> Buffers() => _sums.Nodes.Select(sum => sum.Values!).ToHashSet<float[]>(ReferenceEqualityComparer.Instance);
    }

    private void Push(params int[] shards)
    {
        foreach (var shard in shards)
        {
            _sums.Push(shard, [shard, 1]);
        }
    }

    private sealed class Deferred(float[] values) : IDeferredContribution
    {
        public void CopyTo(int start, Span<float> destination) => values.AsSpan(start, destination.Length).CopyTo(destination);
    }
}
