namespace DistributedFreeze.Data.Features;

internal static class Filling
{
    /// <summary>Fills a set as the trainer does: reads, else claims and computes, else comes back.</summary>
    /// <param name="set">The set.</param>
    /// <param name="images">Images 0 up to this.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="computed">Told of each image that is computed here.</param>
    public static void FillTogether(this FeatureSet set, int images, int seed, Action<int> computed)
    {
        var missing = Enumerable.Range(0, images).ToArray();
        new Random(seed).Shuffle(missing);
        var values = new float[SmallSet.Elements];
        while (missing.Length > 0)
        {
            missing = [.. missing.Where(number => !Fill(number))];
            Thread.Yield();
        }

        bool Fill(int number)
        {
            if (set.TryRead(SmallSet.Image(number), values))
            {
                return true;
            }

            using var claim = set.TryClaim(SmallSet.Image(number));
            if (claim is null)
            {
                return false;
            }

            computed(number);
            return set.Write(number);
        }
    }
}
