using System.Globalization;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Augmentation;

public sealed class AugmentationParametersTests
{
    private static readonly AugmentationSpec Everything =
        new() { CropScale = 0.5, Flip = 0.5, Brightness = 0.2, Contrast = 0.3, Saturation = 0.4 };

    /// <summary>torchvision's RandomErasing: 2 to 33 % of the area, proportions of 0.3 to 3.3.</summary>
    [Fact]
    public void ErasedBoxes_AreAsOftenAndAsLargeAsTorchvisions()
    {
        const int Side = 200;
        var drawn = Enumerable.Range(0, 4000).Select(i => AugmentationParameters.Draw(Everything with { Erase = 0.25 }, 7, 1, Image(i)).ErasedBox(Side)).ToList();

        var boxes = drawn.OfType<PixelBox>().ToList();
        Assert.InRange(boxes.Count, 880, 1120);
        Assert.All(boxes, box =>
        {
            Assert.True(box.LiesWithin(Side, Side));
            Assert.InRange(box.Width * box.Height / (double)(Side * Side), 0.019, 0.335);
            Assert.InRange(box.Height / (double)box.Width, 0.28, 3.5);
        });
        Assert.Equal(0.175, boxes.Average(box => box.Width * box.Height / (double)(Side * Side)), 0.01);
        Assert.Null(AugmentationParameters.Draw(Everything, 7, 1, Image(1)).ErasedBox(Side));
    }

    [Fact]
    public void ViewZero_IsTheImageAsItIs()
    {
        var change = AugmentationParameters.Draw(Everything with { Flip = 1 }, seed: 7, view: 0, Image(1));

        Assert.Equal((false, 1f, 1f, 1f), Of(change));
        Assert.Equal(new PixelBox(0, 0, 30, 20), change.Box(30, 20));
    }

    /// <summary>They are part of every result: drawn again by an independent xoshiro256** in Python.</summary>
    [Fact]
    public void Draws_NeverChangeBetweenVersions()
    {
        var drawn = Enumerable.Range(1, 4).Select(view => AugmentationParameters.Draw(Everything, seed: 7, view, Image(1))).ToList();

        Assert.Equal(
            [
                "False 1.071291 1.067065 0.710066 PixelBox { Left = 82, Top = 38, Width = 528, Height = 406 }",
                "True 1.175711 1.162484 0.895096 PixelBox { Left = 101, Top = 3, Width = 519, Height = 473 }",
                "False 1.111949 0.930746 1.253028 PixelBox { Left = 161, Top = 36, Width = 451, Height = 427 }",
                "False 1.031057 0.932069 0.871743 PixelBox { Left = 2, Top = 73, Width = 486, Height = 404 }",
            ],
            drawn.Select(change => string.Create(
                CultureInfo.InvariantCulture, $"{change.Flip} {change.Brightness:F6} {change.Contrast:F6} {change.Saturation:F6} {change.Box(640, 480)}")));
    }

    [Fact]
    public void Draws_DependOnSeedViewAndImageAlone()
    {
        var first = AugmentationParameters.Draw(Everything, 7, 1, Image(1));

        Assert.Equal(first, AugmentationParameters.Draw(Everything with { Views = 8 }, 7, 1, Image(1)));
        Assert.All(
            [
                AugmentationParameters.Draw(Everything, 8, 1, Image(1)),
                AugmentationParameters.Draw(Everything, 7, 2, Image(1)),
                AugmentationParameters.Draw(Everything, 7, 1, Image(2)),
            ],
            other =>
            {
                Assert.NotEqual(first.Brightness, other.Brightness);
                Assert.NotEqual(first.Box(640, 480), other.Box(640, 480));
            });
    }

    [Fact]
    public void SwitchingOneChangeOff_LeavesTheOthers()
    {
        for (var view = 1; view < 20; view++)
        {
            var all = AugmentationParameters.Draw(Everything, 7, view, Image(1));
            var less = AugmentationParameters.Draw(Everything with { Flip = 0, Contrast = 0 }, 7, view, Image(1));

            Assert.Equal((false, all.Brightness, 1f, all.Saturation), Of(less));
            Assert.Equal(all.Box(640, 480), less.Box(640, 480));
        }
    }

    [Fact]
    public void Factors_FillTheirRange_AndFlipsHaveTheirChance()
    {
        var drawn = Enumerable.Range(0, 4000).Select(i => AugmentationParameters.Draw(Everything with { Flip = 0.25 }, 7, 1, Image(i))).ToList();

        AssertFills(drawn.Select(change => change.Brightness), 0.8f, 1.2f);
        AssertFills(drawn.Select(change => change.Contrast), 0.7f, 1.3f);
        AssertFills(drawn.Select(change => change.Saturation), 0.6f, 1.4f);

        // A deviation is 27 flips.
        Assert.InRange(drawn.Count(change => change.Flip), 890, 1110);
        Assert.All(drawn.Take(100), change => Assert.True(change.Crops));
    }

    [Theory]
    [InlineData(640, 480)]
    [InlineData(300, 700)]
    public void Boxes_LieWithinTheImage_AndKeepShareAndProportions(int width, int height)
    {
        var boxes = Enumerable.Range(0, 2000).Select(i => AugmentationParameters.Draw(Everything, 7, 1, Image(i)).Box(width, height)).ToList();

        Assert.All(boxes, box =>
        {
            Assert.True(box.LiesWithin(width, height));
            Assert.InRange((double)box.Width / box.Height, 0.745, 1.345);
        });
        var shares = boxes.Select(box => (double)box.Width * box.Height / (width * height)).ToList();
        if (width == 640)
        {
            // The tall image is too narrow for half its area at most proportions, and then its middle is taken.
            Assert.All(shares, share => Assert.InRange(share, 0.497, 1));
            Assert.True(shares.Max() > 0.95);
        }

        Assert.Contains(boxes, box => box.Left == 0 || box.Top == 0);
        Assert.True(boxes.Distinct().Count() > 1000 || width == 300);
    }

    [Theory]
    [InlineData(1000, 10, 493, 0, 13, 10)]
    [InlineData(10, 1000, 0, 493, 10, 13)]
    [InlineData(1, 1, 0, 0, 1, 1)]
    public void AnImageWithNoRoomForABox_GivesItsMiddle(int width, int height, int left, int top, int across, int down)
    {
        var change = AugmentationParameters.Draw(Everything with { CropScale = 0.9 }, 7, 1, Image(3));

        Assert.Equal(new PixelBox(left, top, across, down), change.Box(width, height));
    }

    [Fact]
    public void WithoutCropScale_TheBoxIsTheImage()
    {
        var change = AugmentationParameters.Draw(new() { Flip = 1 }, 7, 1, Image(3));

        Assert.False(change.Crops);
        Assert.Equal(new PixelBox(0, 0, 64, 48), change.Box(64, 48));
    }

    [Fact]
    public void NumbersOutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("view", () => AugmentationParameters.Draw(Everything, 7, -1, Image(1)));
        Assert.Throws<ArgumentOutOfRangeException>("width", () => AugmentationParameters.Draw(Everything, 7, 1, Image(1)).Box(0, 1));
    }

    private static ImageHash Image(int number) => ImageHash.Of([(byte)number, (byte)(number >> 8)]);

    private static (bool, float, float, float) Of(AugmentationParameters change) =>
        (change.Flip, change.Brightness, change.Contrast, change.Saturation);

    private static void AssertFills(IEnumerable<float> factors, float min, float max)
    {
        var all = factors.ToList();
        var slack = (max - min) / 100;
        Assert.InRange(all.Min(), min, min + slack);
        Assert.InRange(all.Max(), max - slack, max);
        Assert.InRange(all.Average(), 1 - slack, 1 + slack);
    }
}
