namespace DistributedFreeze.Exchange;

public sealed class ShardTreeTests
{
    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(3, 2, 1)]
    [InlineData(5, 4, 1)]
    [InlineData(8, 4, 4)]
    [InlineData(1024, 512, 512)]
    public void Halves_CutAtTheLargestPowerOfTwoThatLeavesSome(int count, int left, int right)
    {
        var halves = new ShardNode(3, count).Halves();

        Assert.Equal((new ShardNode(3, left), new ShardNode(3 + left, right)), halves);
    }

    [Fact]
    public void Halves_OfALeaf_AreRefused() => Assert.Throws<InvalidOperationException>(() => new ShardNode(2, 1).Halves());

    [Fact]
    public void EveryNode_IsSplitIntoNeighboursDownToTheLeaves()
    {
        for (var shards = 1; shards <= 70; shards++)
        {
            var leaves = new List<int>();
            Walk(new ShardTree(shards).Root, leaves);

            Assert.Equal(Enumerable.Range(0, shards), leaves);
        }

        static void Walk(ShardNode node, List<int> leaves)
        {
            if (node.IsLeaf)
            {
                leaves.Add(node.First);
                return;
            }

            var (left, right) = node.Halves();
            Assert.True(left.Count >= right.Count && right.Count >= 1);
            Walk(left, leaves);
            Walk(right, leaves);
        }
    }

    [Fact]
    public void TryJoin_JoinsTheHalvesOfANodeInTheirOrderAndNothingElse()
    {
        var tree = new ShardTree(7);

        Assert.True(tree.TryJoin(new(0, 4), new(4, 3), out var root));
        Assert.Equal(tree.Root, root);
        Assert.True(tree.TryJoin(new(4, 2), new(6, 1), out var right));
        Assert.Equal(new(4, 3), right);
        Assert.False(tree.TryJoin(new(4, 3), new(0, 4), out _));
        Assert.False(tree.TryJoin(new(1, 1), new(2, 1), out _));
        Assert.False(tree.TryJoin(new(0, 2), new(4, 2), out _));
    }

    [Fact]
    public void ATreeWithoutShards_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new ShardTree(0));
}
