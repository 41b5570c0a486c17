using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Features;

/// <summary>Part of the keys of kept features: what was there before keeps its name.</summary>
public sealed class ViewNameTests
{
    private static readonly AugmentationSpec Spec = new() { CropScale = 0.5, Flip = 0.25, Views = 8 };

    [Fact]
    public void AView_IsNamedByWhatItShows()
    {
        const string Before = "view 2 of seed 7: crop 0.5, flip 0.25, brightness 0, contrast 0, saturation 0";

        Assert.Equal("plain", ViewName.Of(Spec, 7, view: 0, "hash"));
        Assert.Equal(Before, ViewName.Of(Spec, 7, view: 2, "hash"));
        Assert.Equal($"{Before}, erase 0.1", ViewName.Of(Spec with { Erase = 0.1 }, 7, view: 2, "hash"));
    }

    /// <summary>What an image is mixed with depends on all images.</summary>
    [Fact]
    public void AMixture_IsNamedByTheDataToo()
    {
        Assert.EndsWith(", mixup 0.2, cutmix 0 of hash", ViewName.Of(Spec with { Mixup = 0.2 }, 7, view: 2, "hash"), StringComparison.Ordinal);
        Assert.EndsWith(", mixup 0, cutmix 1 of hash", ViewName.Of(Spec with { Cutmix = 1 }, 7, view: 2, "hash"), StringComparison.Ordinal);
    }
}
