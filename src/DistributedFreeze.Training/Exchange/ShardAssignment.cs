using System.Collections.Immutable;

namespace DistributedFreeze.Training.Exchange;

/// <summary>Divides the shards of a run among its replicas.</summary>
public static class ShardAssignment
{
    /// <summary>Gives every replica a run of neighbouring shards, their numbers differing by one at most.</summary>
    /// <param name="shards">Number of shards, at least 1.</param>
    /// <param name="replicas">Number of replicas, 1 to <paramref name="shards"/>.</param>
    /// <returns>One ascending list of shards per replica.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static ImmutableArray<ImmutableArray<int>> Divide(int shards, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicas, shards);

        return [.. Enumerable.Range(0, replicas).Select(replica => Between(Cut(replica), Cut(replica + 1)))];

        int Cut(int replica) => (int)((long)shards * replica / replicas);
        static ImmutableArray<int> Between(int first, int end) => [.. Enumerable.Range(first, end - first)];
    }
}
