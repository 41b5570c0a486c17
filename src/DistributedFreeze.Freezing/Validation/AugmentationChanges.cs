using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>What an <see cref="AugmentationSpec"/> comes to.</summary>
public static class AugmentationChanges
{
    /// <summary>Whether any image may change; without that every view is the image as it is.</summary>
    public static bool Any(AugmentationSpec spec) =>
        spec.CropScale < 1 || spec.Flip > 0 || spec.Brightness > 0 || spec.Contrast > 0 || spec.Saturation > 0 || spec.Erase > 0 || spec.Mixup > 0 || spec.Cutmix > 0;
}
