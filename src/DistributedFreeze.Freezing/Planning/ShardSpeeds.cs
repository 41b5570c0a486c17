namespace DistributedFreeze.Freezing.Planning;

/// <summary>How fast convolutions train with shards of some size. Pure.</summary>
/// <remarks>
/// A replica computes shard after shard, and a convolution over few images leaves a processor partly idle. Measured, not reckoned:
/// docs/performance.md has the table, the command and the machine. Between two sizes the speed follows the logarithm of the size; beyond the ends
/// it stays.
/// </remarks>
internal static class ShardSpeeds
{
    /// <summary>Images of a shard, and how often a step of conv5 is done while one in shards of 4 is done once: `-- shards`, two replicas on two cores, medians.</summary>
    private static readonly (int Images, double Speed)[] Measured = [(4, 1), (8, 1.15), (16, 1.24), (32, 1.26)];

    /// <summary>The speed with shards of a size, over that with shards of another one.</summary>
    /// <param name="images">Images of a shard, at least 1.</param>
    /// <param name="others">Images of the other one, at least 1.</param>
    public static double Ratio(int images, int others) => Of(images) / Of(others);

    private static double Of(int images)
    {
        var above = Array.FindIndex(Measured, point => point.Images >= images);
        if (above <= 0)
        {
            return above == 0 ? Measured[0].Speed : Measured[^1].Speed;
        }

        var (from, to) = (Measured[above - 1], Measured[above]);
        var way = Math.Log((double)images / from.Images) / Math.Log((double)to.Images / from.Images);
        return from.Speed + way * (to.Speed - from.Speed);
    }
}
