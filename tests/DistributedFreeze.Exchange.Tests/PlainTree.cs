namespace DistributedFreeze.Exchange;

/// <summary>The sum that every exchange must give, as plainly as it can be written; null stands for a shard without images.</summary>
internal static class PlainTree
{
    public static float[]? Sum(float[]?[] shards) => Sum(shards, 0, shards.Length);

    public static float[] LeftToRight(float[]?[] shards)
    {
        var sum = new float[shards.First(shard => shard is not null)!.Length];
        foreach (var shard in shards.OfType<float[]>())
        {
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += shard[i];
            }
        }

        return sum;
    }

    /// <summary>Values of very different sizes and both signs, so that another order of addition gives other bits.</summary>
    public static float[] Contribution(int seed, int shard, int length)
    {
        var random = new Random((seed * 1_009) + shard);
        return [.. Enumerable.Range(0, length).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(7) - 3)))];
    }

    private static float[]? Sum(float[]?[] shards, int first, int count)
    {
        if (count == 1)
        {
            return shards[first];
        }

        var half = 1;
        while (half * 2 < count)
        {
            half *= 2;
        }

        var left = Sum(shards, first, half);
        var right = Sum(shards, first + half, count - half);
        return left is null ? right : right is null ? left : [.. left.Zip(right, (a, b) => a + b)];
    }
}
