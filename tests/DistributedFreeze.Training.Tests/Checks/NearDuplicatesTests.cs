using System.Collections.Immutable;
using DistributedFreeze.Training.Checks;

namespace DistributedFreeze.Training.Tests.Checks;

/// <summary>Images that are nearly the same by their features.</summary>
public sealed class NearDuplicatesTests
{
    private const int Width = 64;

    [Fact]
    public void ImagesThatDifferALittle_AreGrouped()
    {
        var random = new Random(1);
        var features = Drawn(random, 2_000);
        features[1_999] = Near(random, features[3], noise: 0.1);
        features[1_200] = Near(random, features[1_999], noise: 0.1);
        features[17] = Near(random, features[5], noise: 0.2);

        var groups = Find(features);

        Assert.Equal(["3 1200 1999", "5 17"], groups.Select(group => string.Join(' ', group.Images)));
        Assert.All(groups, group => Assert.InRange(group.Similarity, NearDuplicates.Threshold, 0.999));
        Assert.True(groups[0].Similarity > groups[1].Similarity);
    }

    [Fact]
    public void AChainOfLikeImages_IsOneGroup_HeldTogetherByItsWeakestLink()
    {
        var random = new Random(2);
        var features = Drawn(random, 200);
        features[10] = Near(random, features[0], noise: 0.05);
        features[20] = Near(random, features[10], noise: 0.4);

        var group = Assert.Single(Find(features));

        Assert.Equal([0, 10, 20], group.Images);
        Assert.InRange(group.Similarity, NearDuplicates.Threshold, 0.96);
    }

    [Fact]
    public void AsManyPairsAsThereCanBe_AreOneGroup()
    {
        // 3,000 frames of one scene and its opposite, so that their mean is nothing: more pairs than are kept at a time.
        var random = new Random(5);
        var scene = Enumerable.Range(0, Width).Select(_ => (float)((2 * random.NextDouble()) - 1)).ToArray();
        List<float[]> features = [.. Enumerable.Range(0, 3_000).Select(i => Near(random, i % 2 == 0 ? scene : [.. scene.Select(value => -value)], noise: 0.02))];

        var groups = Find(features);

        Assert.Equal([1_500, 1_500], groups.Select(group => group.Images.Length));
        Assert.All(groups, group => Assert.InRange(group.Similarity, 0.99, 1));
    }

    [Fact]
    public void WhatAllImagesShare_MakesNoneAlike()
    {
        var features = Drawn(new Random(3), 100);
        foreach (var image in features)
        {
            for (var i = 0; i < Width; i++)
            {
                image[i] += 100;
            }
        }

        Assert.Empty(Find(features));
    }

    [Fact]
    public void SomeHaveNoneToBeLike()
    {
        Assert.Empty(Find([]));
        Assert.Empty(Find([new float[Width]]));
        Assert.Empty(Find([new float[Width], new float[Width]])); // both are the mean: nothing is known of them
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(1_024, 1)]
    [InlineData(1_025, 3)]
    [InlineData(4_096, 10)]
    public void Progress_EndsWithAllWork(int images, int expected)
    {
        var done = 0;
        NearDuplicates.Find(Drawn(new Random(4), images), more => done += more, TestContext.Current.CancellationToken);

        Assert.Equal(expected, done);
        Assert.Equal(expected, NearDuplicates.Work(images));
    }

    private static List<float[]> Drawn(Random random, int images) =>
        [.. Enumerable.Range(0, images).Select(_ => Enumerable.Range(0, Width).Select(_ => (float)random.NextDouble()).ToArray())];

    private static float[] Near(Random random, float[] image, double noise) => [.. image.Select(value => (float)(value + (noise * (random.NextDouble() - 0.5))))];

    private static ImmutableArray<(ImmutableArray<int> Images, double Similarity)> Find(List<float[]> features) =>
        NearDuplicates.Find(features, _ => { }, TestContext.Current.CancellationToken);
}
