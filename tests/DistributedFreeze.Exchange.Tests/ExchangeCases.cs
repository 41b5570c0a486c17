using System.Collections.Immutable;

namespace DistributedFreeze.Exchange;

/// <summary>What exchanges of every kind are tried with, and what they come to.</summary>
internal static class ExchangeCases
{
    public static float[]?[] Contributions(int shards, int length) =>
        [.. Enumerable.Range(0, shards).Select(shard => PlainTree.Contribution(7, shard, length))];

    public static float[] Means(float[] sum, int samples) =>
        [.. sum.Select((value, i) => i < sum.Length - ExchangeVector.SumElements ? value / samples : value)];

    public static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    /// <summary>Neighbouring shards, every member-th shard, and all but the last member's one shard for the first.</summary>
    public static IEnumerable<ImmutableArray<ImmutableArray<int>>> Assignments(int shards, int members)
    {
        yield return ShardAssignment.Divide(shards, members);
        yield return [.. Enumerable.Range(0, members).Select(member => Every(shard => shard % members == member))];
        yield return [.. Enumerable.Range(0, members).Select(member => Every(shard => Math.Max(0, shard - (shards - members)) == member))];

        ImmutableArray<int> Every(Func<int, bool> includes) => [.. Enumerable.Range(0, shards).Where(includes)];
    }
}
