namespace DistributedFreeze.Training.Features.Engines;

/// <summary>How near two engines' features are to each other.</summary>
internal static class FeatureComparison
{
    /// <summary>The largest difference over the largest value; every value is a number.</summary>
    public static double Distance(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.True(expected.All(float.IsFinite) && found.All(float.IsFinite));
        var peak = expected.Max(Math.Abs);
        Assert.True(peak > 0);
        return expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)) / peak;
    }

    public static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        var different = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            different += BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(found[i]) ? 0 : 1;
        }

        Assert.Equal(0, different);
    }
}
