namespace DistributedFreeze.Exchange;

public sealed class ShardAssignmentTests
{
    [Fact]
    public void Divide_GivesEveryShardOnceInOrderAndEvenShares()
    {
        for (var shards = 1; shards <= 40; shards++)
        {
            for (var replicas = 1; replicas <= shards; replicas++)
            {
                var parts = ShardAssignment.Divide(shards, replicas);

                Assert.Equal(replicas, parts.Length);
                Assert.Equal(Enumerable.Range(0, shards), parts.SelectMany(part => part));
                Assert.InRange(parts.Max(part => part.Length) - parts.Min(part => part.Length), 0, 1);
            }
        }
    }

    [Theory]
    [InlineData(8, new[] { 1.0, 1, 1, 1 }, new[] { 2, 2, 2, 2 })]
    [InlineData(4, new[] { 1.0, 10 }, new[] { 3, 1 })]
    [InlineData(16, new[] { 3.0, 1, 1, 1 }, new[] { 1, 5, 5, 5 })]
    [InlineData(16, new[] { 1.0, 2, 4 }, new[] { 10, 4, 2 })]
    [InlineData(3, new[] { 1.0, 100, 1 }, new[] { 1, 1, 1 })]
    public void DivideBySpeed_GivesTheFastMoreSoThatAllAreDoneEarly(int shards, double[] seconds, int[] counts)
    {
        var parts = ShardAssignment.Divide(shards, seconds);

        Assert.Equal(Enumerable.Range(0, shards), parts.SelectMany(part => part));
        Assert.Equal(counts, parts.Select(part => part.Length));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 0)]
    [InlineData(4, 5)]
    public void Divide_RefusesWhatCannotBeDivided(int shards, int replicas) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ShardAssignment.Divide(shards, replicas));

    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 4)]
    [InlineData(64, 16)]
    public void Divide_IntoAPowerOfTwo_LeavesEveryReplicaOneNode(int shards, int replicas)
    {
        var tree = new ShardTree(shards);
        foreach (var part in ShardAssignment.Divide(shards, replicas))
        {
            var sums = new PartialSums(tree, length: 3);
            foreach (var shard in part)
            {
                sums.Push(shard, [shard, 1, 1]);
            }

            Assert.Equal(new(part[0], part.Length), Assert.Single(sums.Nodes).Node);
        }
    }
}
