using System.Collections.Immutable;

namespace DistributedFreeze.Exchange;

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
        Check(shards, replicas);
        return [.. Enumerable.Range(0, replicas).Select(replica => Between(Cut(replica), Cut(replica + 1)))];

        int Cut(int replica) => (int)((long)shards * replica / replicas);
    }

    /// <summary>Gives every replica a run of neighbouring shards, so many that the slowest is done as early as can be.</summary>
    /// <param name="shards">Number of shards, at least 1.</param>
    /// <param name="seconds">What a shard takes on each replica, more than 0; 1 to <paramref name="shards"/> replicas. Each gets a shard at least.</param>
    /// <returns>One ascending list of shards per replica.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static ImmutableArray<ImmutableArray<int>> Divide(int shards, IReadOnlyList<double> seconds)
    {
        Check(shards, seconds.Count);
        var counts = Enumerable.Repeat(1, seconds.Count).ToArray();
        for (var left = shards - counts.Length; left > 0; left--)
        {
            // Whoever would be done first with one more.
            counts[Enumerable.Range(0, counts.Length).MinBy(replica => (counts[replica] + 1) * seconds[replica])]++;
        }

        var end = 0;
        return [.. counts.Select(count => Between(end, end += count))];
    }

    private static void Check(int shards, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicas, shards);
    }

    private static ImmutableArray<int> Between(int first, int end) => [.. Enumerable.Range(first, end - first)];
}
