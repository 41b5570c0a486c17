namespace DistributedFreeze.Benchmarks.Shards;

/// <summary>How fast training steps are with shards of one size.</summary>
/// <param name="Boundary">Where the network is cut.</param>
/// <param name="Replicas">Replicas of one thread each.</param>
/// <param name="Images">Images of a shard in a step.</param>
/// <param name="ImagesPerSecond">The median of the rounds.</param>
/// <param name="ToSmallest">The speed over that of the smallest shards in the same rounds.</param>
internal sealed record ShardSpeed(string Boundary, int Replicas, int Images, double ImagesPerSecond, Ratio ToSmallest)
{
    /// <param name="boundary">Where the network is cut.</param>
    /// <param name="replicas">Replicas of one thread each.</param>
    /// <param name="images">Images of a shard in a step.</param>
    /// <param name="seconds">Seconds per image of each round.</param>
    /// <param name="smallest">The same with the smallest shards.</param>
    public static ShardSpeed Of(string boundary, int replicas, int images, IReadOnlyList<double> seconds, IReadOnlyList<double> smallest) =>
        new(boundary, replicas, images, 1 / Ratio.Median([.. seconds.Order()]), Ratio.Of("shards", boundary, seconds, smallest));
}
