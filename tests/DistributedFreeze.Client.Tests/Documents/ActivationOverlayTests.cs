using DistributedFreeze.Cli.Evaluate.Report;
using DistributedFreeze.Training.Export;
using SkiaSharp;

namespace DistributedFreeze.Client.Tests.Documents;

/// <summary>Where a map lies over a thumbnail, and in which colour.</summary>
public sealed class ActivationOverlayTests
{
    /// <summary>Against the class on the left, for it on the right, twice as strongly.</summary>
    private static readonly ActivationMap LeftAndRight = new(2, 1, [-1, 2], Logit: 1, Offset: 0.5);

    [Fact]
    public void WhatTheNetworkSees_IsTheThumbnail_WhereItCropsTheMiddle()
    {
        using var png = Png((1, 1));

        Assert.Equal((0, 90, 255, 70), Colour(png, 0));
        Assert.Equal((255, 80, 0, 140), Colour(png, 55));
    }

    /// <summary>Of an image twice as wide as high the thumbnail has the middle half, whose edges are the middles of both places.</summary>
    [Fact]
    public void AMapOfAWholeImage_IsCutAsItsThumbnail()
    {
        using var png = Png((2, 1));

        Assert.Equal(70, Colour(png, 0).Alpha, 4.0);
        Assert.Equal(140, Colour(png, 55).Alpha, 4.0);
        Assert.Equal(0, Colour(png, 18).Alpha, 4.0); // where both cancel out
    }

    [Fact]
    public void BesideWhatTheNetworkSees_NothingIsDrawn()
    {
        using var png = Png((7.0 / 8, 7.0 / 8));

        Assert.Equal((0, 70), (Colour(png, 2).Alpha, Colour(png, 3).Alpha));
        Assert.Equal((140, 0), (Colour(png, 52).Alpha, Colour(png, 53).Alpha));
        Assert.Equal(0, png.GetPixel(50, 2).Alpha);
    }

    [Fact]
    public void AMapOfNothing_IsTransparent()
    {
        using var png = SKBitmap.Decode(ActivationOverlay.Png(new(1, 1, [0], 0, 0), (1, 1)));

        Assert.All(png.Pixels, pixel => Assert.Equal(0, pixel.Alpha));
    }

    private static SKBitmap Png((double, double) seen) => SKBitmap.Decode(
        ActivationOverlay.Png(LeftAndRight, seen), new SKImageInfo(56, 56, SKColorType.Rgba8888, SKAlphaType.Unpremul));

    private static (int Red, int Green, int Blue, int Alpha) Colour(SKBitmap png, int column) =>
        png.GetPixel(column, 28) is var pixel ? (pixel.Red, pixel.Green, pixel.Blue, pixel.Alpha) : default;
}
