using DistributedFreeze.Data;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Heads;

public sealed class FeatureAugmentationTests
{
    private const int Seed = 7;

    [Fact]
    public void WithoutStrengths_NothingIsChanged()
    {
        Assert.Null(FeatureAugmentation.For(Run(null), channels: 2));
        Assert.Null(FeatureAugmentation.For(Run(new()), channels: 2));
    }

    /// <summary>Least 2 and range 8: scaled, the features are 0, 0.25, 1 and 0.5.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Brightness_AddsTheSameToAllScaledFeatures_AndClips(int epoch)
    {
        var added = Drawn("feature brightness", epoch, image: 5, 0.4)[0];

        var found = Changed(new() { Brightness = 0.4 }, channels: 2, epoch, [5], [2, 4, 10, 6]);

        AssertNear(new[] { 0, 0.25, 1, 0.5 }.Select(value => 2 + 8 * Math.Clamp(value + added, 0, 1)), found);
    }

    /// <summary>The mean of 0, 0.25, 1 and 0.5 is 0.4375.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Contrast_TurnsAroundTheMeanOfAllScaledFeatures_AndClips(int epoch)
    {
        var factor = 1 + Drawn("feature contrast", epoch, image: 5, 0.9)[0];

        var found = Changed(new() { Contrast = 0.9 }, channels: 2, epoch, [5], [2, 4, 10, 6]);

        AssertNear(new[] { 0, 0.25, 1, 0.5 }.Select(value => 2 + 8 * Math.Clamp(0.4375 + (value - 0.4375) * factor, 0, 1)), found);
    }

    [Fact]
    public void EachChannel_HasDrawsOfItsOwnWhereTheyAreAskedFor()
    {
        var added = Drawn("feature brightness", 1, image: 5, 0.2, channels: 2);
        var factor = Drawn("feature contrast", 1, image: 5, 0.5, channels: 2);
        Assert.NotEqual(added[0], added[1]);

        var found = Changed(new() { Brightness = 0.2, Contrast = 0.5, PerChannel = true }, channels: 2, epoch: 1, [5], [2, 4, 6, 10, 5, 3]);

        double[] scaled = [0, 0.25, 0.5, 1, 0.375, 0.125];
        double[] brightened = [.. scaled.Select((value, i) => Math.Clamp(value + added[i / 3], 0, 1))];
        var mean = brightened.Average();
        AssertNear(brightened.Select((value, i) => 2 + 8 * Math.Clamp(mean + (value - mean) * (1 + factor[i / 3]), 0, 1)), found);
    }

    /// <summary>Models depend on them.</summary>
    [Fact]
    public void TheBits_StayWhatTheyAre() =>
        Assert.Equal([0.151677102f, 0.567032218f, 1.67831731f], Changed(new() { Brightness = 0.2, Contrast = 0.5 }, channels: 3, epoch: 1, [5], [0.1f, 0.7f, 1.9f]));

    [Fact]
    public void WhatIsDrawn_DependsOnSeedEpochAndImageAlone()
    {
        var spec = new FeatureAugmentationSpec { Brightness = 0.3, Contrast = 0.3 };
        float[] features = [2, 4, 10, 6];
        var alone = Changed(spec, 2, epoch: 1, [5], features);

        var pair = Changed(spec, 2, epoch: 1, [9, 5], [3, 1, 8, 2, .. features]);

        Assert.Equal(alone, pair[4..]);
        Assert.NotEqual(alone, Changed(spec, 2, epoch: 2, [5], features));
        Assert.NotEqual(alone, Changed(spec, 2, epoch: 1, [6], features));
        Assert.NotEqual(alone, Changed(spec, 2, epoch: 1, [5], features, Seed + 1));
    }

    [Fact]
    public void FeaturesWithoutARange_StayAsTheyAre()
    {
        var spec = new FeatureAugmentationSpec { Brightness = 1, Contrast = 1 };

        Assert.Equal([3f, 3f], Changed(spec, 2, epoch: 1, [5], [3, 3]));
        Assert.Equal([3f, float.PositiveInfinity], Changed(spec, 2, epoch: 1, [5], [3, float.PositiveInfinity]));
        Assert.Equal([3f, float.NaN], Changed(spec, 2, epoch: 1, [5], [3, float.NaN]));
    }

    private static float[] Changed(FeatureAugmentationSpec spec, int channels, int epoch, int[] images, float[] features, int seed = Seed)
    {
        float[] changed = [.. features];
        FeatureAugmentation.For(Run(spec) with { Seed = seed }, channels)!.Apply(epoch, images, changed);
        return changed;
    }

    private static double[] Drawn(string purpose, int epoch, int image, double spread, int channels = 1)
    {
        var random = new KeyedRandom(Seed, purpose, epoch, image);
        return [.. Enumerable.Range(0, channels).Select(_ => (random.NextDouble() - 0.5) * 2 * spread)];
    }

    private static void AssertNear(IEnumerable<double> expected, float[] found) =>
        Assert.Equal([.. expected], found.Select(value => (double)value).ToArray(), (one, other) => Math.Abs(one - other) < 1e-5);

    private static RunSpec Run(FeatureAugmentationSpec? spec) => new() { Data = new() { Path = "x" }, Phases = [new()], Output = "y", Seed = Seed, FeatureAugmentation = spec };
}
