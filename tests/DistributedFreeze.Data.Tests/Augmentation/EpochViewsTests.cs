using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Augmentation;

public sealed class EpochViewsTests
{
    [Fact]
    public void WithoutAugmentation_EveryEpochShowsTheImageAsItIs()
    {
        Assert.Equal([0, 0, 0], Views(null, 3));
        Assert.Equal([0, 0, 0], Views(new(), 3));
    }

    [Fact]
    public void WithViews_EpochsGoRound() => Assert.Equal([1, 2, 3, 1, 2, 3, 1], Views(new() { Flip = 0.5, Views = 3 }, 7));

    [Fact]
    public void WithoutViews_EveryEpochShowsAnother() => Assert.Equal([1, 2, 3, 4], Views(new() { CropScale = 0.5 }, 4));

    [Fact]
    public void AnEpochBeforeTheFirst_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>("epoch", () => EpochViews.ViewOfEpoch(null, -1));

    private static IEnumerable<int> Views(AugmentationSpec? spec, int epochs) =>
        Enumerable.Range(0, epochs).Select(epoch => EpochViews.ViewOfEpoch(spec, epoch));
}
