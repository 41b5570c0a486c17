using System.Collections.Immutable;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Augmentation;

public sealed class MixedViewsTests
{
    private const int Size = 64;

    private static readonly ImmutableArray<LabelledImage> Train =
        [.. Enumerable.Range(0, 5).Select(i => new LabelledImage(i, $"class-{i}/a.png", i, 1, ImageHash.Of([(byte)i])))];

    [Fact]
    public void WithoutEither_NothingIsMixed() => Assert.Null(MixedViews.For(Spec(new() { Flip = 0.5 }), Train));

    [Fact]
    public void WhatIsDrawn_DependsOnSeedViewAndContentAlone()
    {
        var views = Views(new() { Mixup = 1 });
        var first = views.Of(1, Train[2].Hash);

        Assert.Equal(first, Views(new() { Mixup = 1, Flip = 0.5, Views = 3 }).Of(1, Train[2].Hash));
        Assert.NotEqual(first, views.Of(2, Train[2].Hash));
        Assert.NotEqual(first, views.Of(1, Train[3].Hash));
        Assert.NotEqual(first, MixedViews.For(Spec(new() { Mixup = 1 }) with { Seed = 8 }, Train)!.Of(1, Train[2].Hash));
    }

    [Fact]
    public void Mixup_TakesAnyImageInAnyShare()
    {
        var drawn = Enumerable.Range(1, 2000).Select(view => Views(new() { Mixup = 1 }).Of(view, Train[0].Hash)).ToList();

        Assert.All(drawn, mixture => Assert.Null(mixture.Box));
        Assert.Equal(0.5, drawn.Average(mixture => mixture.Share), 0.03);
        Assert.All(Enumerable.Range(0, 5), partner => Assert.InRange(drawn.Count(mixture => mixture.Partner == partner), 320, 480));
    }

    [Fact]
    public void ABoxesShare_IsWhatItLeaves()
    {
        var drawn = Enumerable.Range(1, 2000).Select(view => Views(new() { Cutmix = 1 }).Of(view, Train[0].Hash)).ToList();

        Assert.All(drawn.Where(mixture => mixture.Box is not null), mixture =>
        {
            Assert.True(mixture.Box!.Value.LiesWithin(Size, Size));
            Assert.Equal(1 - mixture.Box.Value.Width * mixture.Box.Value.Height / (float)(Size * Size), mixture.Share);
        });
        Assert.All(drawn.Where(mixture => mixture.Box is null), mixture => Assert.Equal(1, mixture.Share));
        Assert.InRange(drawn.Average(mixture => mixture.Share), 0.55, 0.75); // a box that reaches over the edge is cut off
    }

    [Fact]
    public void OfBoth_EachIsTakenAsOften()
    {
        var cut = Enumerable.Range(1, 2000).Count(view => Views(new() { Mixup = 1, Cutmix = 1 }).Of(view, Train[0].Hash).Box is not null);

        Assert.InRange(cut, 920, 1080);
    }

    [Fact]
    public void Pixels_AreMixedOrCut()
    {
        byte[] image = [.. Enumerable.Repeat((byte)100, 27)];
        byte[] other = [.. Enumerable.Repeat((byte)201, 27)];
        var mixed = (byte[])image.Clone();
        new Mixture(0, 0.25f, null).Apply(mixed, other, size: 3);
        var cut = (byte[])image.Clone();
        new Mixture(0, 7 / 9f, new(1, 2, 2, 1)).Apply(cut, other, size: 3);

        Assert.All(mixed, value => Assert.Equal(176, value)); // 175.75
        Assert.Equal([.. Enumerable.Repeat((byte)100, 21), .. Enumerable.Repeat((byte)201, 6)], cut);
    }

    private static MixedViews Views(AugmentationSpec augmentation) => MixedViews.For(Spec(augmentation), Train)!;

    private static RunSpec Spec(AugmentationSpec augmentation) =>
        new() { Data = new() { Path = "images", ImageSize = Size, Augmentation = augmentation }, Phases = [new()], Output = "out", Seed = 7 };
}
