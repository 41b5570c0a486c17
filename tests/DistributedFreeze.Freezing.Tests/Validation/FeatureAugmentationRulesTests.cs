using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Validation;

public sealed class FeatureAugmentationRulesTests
{
    private static readonly RunSpec Changed = new()
    {
        Data = new() { Path = "x" },
        Phases = [new()],
        Output = "y",
        FeatureAugmentation = new() { Brightness = 0.4, Contrast = 1 },
    };

    [Fact]
    public void WhereFeaturesAreRead_TheyMayBeChanged()
    {
        Assert.Empty(RunSpecValidator.Validate(Changed));
        Assert.Empty(RunSpecValidator.Validate(Changed with { Model = new() { Base = "vit.onnx" } }));
        Assert.Empty(RunSpecValidator.Validate(Changed with { Mixup = 0.2, Data = new() { Path = "x", Augmentation = new() { Flip = 0.5 } } }));
        Assert.Empty(RunSpecValidator.Validate(Changed with { Phases = [new() { Freeze = new FreezePolicy.FromStage("conv2") }] }));
    }

    [Fact]
    public void WhereTheBoundaryIsTheImages_TheyAreRefusedOnce()
    {
        var all = new PhaseSpec { Freeze = new FreezePolicy.All() };

        var problem = Assert.Single(RunSpecValidator.Validate(Changed with { Phases = [new(), all, all] }));

        Assert.Equal(
            "feature_augmentation: changes features at the boundary, but `phases[1].unfreeze` opens the base from its first layer on, so that the images themselves are there; "
            + "freeze the first layers in every phase, or take `data.augment` instead",
            problem.ToString());
        Assert.Empty(RunSpecValidator.Validate(Changed with { Phases = [all], FeatureAugmentation = new() }));
        Assert.Single(RunSpecValidator.Validate(Changed with { Phases = [new() { Freeze = new FreezePolicy.Named(["conv1_conv"]) }] }));
    }

    [Fact]
    public void ChannelsAlone_ChangeNothing_AndAreRefused() =>
        Assert.Equal(
            "feature_augmentation.per_channel: is true, but nothing changes a feature; give `feature_augmentation.brightness` or `feature_augmentation.contrast` above 0, or leave this out",
            Assert.Single(RunSpecValidator.Validate(Changed with { FeatureAugmentation = new() { PerChannel = true } })).ToString());
}
