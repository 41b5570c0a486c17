using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Heads;

public sealed class ShardMixupTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void WithoutAlpha_NothingIsMixed() => Assert.Null(ShardMixup.For(Run(mixup: 0), capacity: 8));

    [Fact]
    public void WhatIsDrawn_DependsOnSeedEpochAndImagesAlone()
    {
        var mixup = Mixup(seed: 3);
        var first = Drawn(mixup, epoch: 2, [5, 9, 1, 7]);

        Assert.NotEqual(first.Share, Drawn(mixup, epoch: 3, [5, 9, 1, 7]).Share);
        Assert.NotEqual(first.Share, Drawn(mixup, epoch: 2, [4, 9, 1, 7]).Share);
        Assert.NotEqual(first.Share, Drawn(Mixup(seed: 4), epoch: 2, [5, 9, 1, 7]).Share);
        var again = Drawn(Mixup(seed: 3), epoch: 2, [5, 9, 1, 7]);
        Assert.Equal((first.Share, string.Join(' ', first.Partners)), (again.Share, string.Join(' ', again.Partners)));
        Assert.Equal([0, 1, 2, 3], first.Partners.Order());
    }

    [Fact]
    public void FeaturesAndLabels_AreThoseOfThePair()
    {
        var run = Run(mixup: 0.4);
        var mixup = Assert.IsType<ShardMixup>(ShardMixup.For(run, capacity: 8));
        var last = run.Data.Train.Length - 1;
        var epoch = Enumerable.Range(0, 100).First(epoch => Drawn(mixup, epoch, [0, last]) is { Partners: [1, 0], Share: > 0.1f and < 0.9f });
        var share = Drawn(mixup, epoch, [0, last]).Share;
        float[] features = [1, 10, 3, 20];

        mixup.Mix(features);

        Assert.Equal([share + (1 - share) * 3, share * 10 + (1 - share) * 20, share * 3 + (1 - share), share * 20 + (1 - share) * 10], features, (one, other) => Math.Abs(one - other) < 1e-5);
        Assert.Equal([run.Data.Train[last].Class, run.Data.Train[0].Class], mixup.Labels.ToArray());
        Assert.Equal([share, share], mixup.Shares.ToArray());
    }

    /// <summary>With two views, epoch 3 shows the second again.</summary>
    [Fact]
    public void MixedPixels_HaveTheLabelsOfTheirPairs()
    {
        var run = Run(mixup: 0, augmentation: new() { Cutmix = 1, Views = 2 });
        var mixup = Assert.IsType<ImageMixup>(ShardMixup.For(run, capacity: 8));

        int[] images = [0, 4, 9];
        mixup.Draw(epoch: 3, images);

        var mixtures = images.Select(image => run.Mixed!.Of(view: 2, run.Data.Train[image].Hash)).ToList();
        Assert.Equal(mixtures.Select(mixture => run.Data.Train[mixture.Partner].Class), mixup.Labels.ToArray());
        Assert.Equal(mixtures.Select(mixture => mixture.Share), mixup.Shares.ToArray());
        Assert.True(mixup.Partners.IsEmpty);
    }

    private static (int[] Partners, float Share) Drawn(IMixup mixup, int epoch, int[] images)
    {
        mixup.Draw(epoch, images);
        return (mixup.Partners.ToArray(), mixup.Shares[0]);
    }

    private IMixup Mixup(int seed) => ShardMixup.For(Run(mixup: 0.4, seed), capacity: 8)!;

    private RunDefinition Run(double mixup, int seed = 3, AugmentationSpec? augmentation = null)
    {
        var spec = _runs.TwoPhases("out") with { Mixup = mixup, Seed = seed };
        spec = spec with { Data = spec.Data with { Augmentation = augmentation } };
        return RunDefinition.Of(spec, LayerTable.For(spec.Model), DrawnFolder.Scan(spec.Data, seed));
    }
}
