using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Heads;

public sealed class ShardMixupTests
{
    private static readonly RunSpec Spec = new() { Data = new() { Path = "images" }, Phases = [new()], Output = "out", Seed = 3, Mixup = 0.4 };

    private readonly ShardMixup _mixup = ShardMixup.For(Spec, capacity: 8)!;

    [Fact]
    public void WithoutAlpha_NothingIsMixed() => Assert.Null(ShardMixup.For(Spec with { Mixup = 0 }, capacity: 8));

    [Fact]
    public void WhatIsDrawn_DependsOnSeedEpochAndImagesAlone()
    {
        var (partners, share) = (_mixup.Draw(2, [5, 9, 1, 7]).ToArray(), _mixup.Share);

        _mixup.Draw(3, [5, 9]);
        Assert.NotEqual(share, _mixup.Share);
        Assert.Equal(partners, ShardMixup.For(Spec, capacity: 4)!.Draw(2, [5, 9, 1, 7]).ToArray());
        Assert.Equal([0, 1, 2, 3], partners.Order());

        _mixup.Draw(2, [4, 9]);
        Assert.NotEqual(share, _mixup.Share);
        ShardMixup.For(Spec with { Seed = 4 }, capacity: 4)!.Draw(2, [5, 9, 1, 7]);
        _mixup.Draw(2, [5, 9, 1, 7]);
        Assert.Equal(share, _mixup.Share);
    }

    [Fact]
    public void FeaturesAndLabels_AreThoseOfThePair()
    {
        var epoch = Enumerable.Range(0, 100).First(epoch => _mixup.Draw(epoch, [5, 9]) is [1, 0] && _mixup.Share is > 0.1f and < 0.9f);
        Assert.Equal([1, 0], _mixup.Draw(epoch, [5, 9]).ToArray());
        float[] features = [1, 10, 3, 20];

        _mixup.Mix(features, images: 2);

        var share = _mixup.Share;
        Assert.Equal([share + (1 - share) * 3, share * 10 + (1 - share) * 20, share * 3 + (1 - share), share * 20 + (1 - share) * 10], features, (one, other) => Math.Abs(one - other) < 1e-5);
        Assert.Equal([2, 7], _mixup.Others([7, 2]).ToArray());
    }
}
