namespace DistributedFreeze.Runs;

/// <summary>Random changes of training images, keyed by (seed, view, image): the same wherever an image is computed.</summary>
[GenerateSerializer, Immutable, Alias("df.augmentation-spec")]
public sealed record AugmentationSpec
{
    /// <summary>Least share of the image's area that a random crop keeps, above 0 and at most 1; 1 crops nothing. Default: 1.</summary>
    [Id(0)] public double CropScale { get; init; } = 1;

    /// <summary>Chance of a left-right flip, 0 to 1. Default: 0.</summary>
    [Id(1)] public double Flip { get; init; }

    /// <summary>Brightness is multiplied by 1 - x to 1 + x, 0 to 1. Default: 0.</summary>
    [Id(2)] public double Brightness { get; init; }

    /// <summary>Contrast is multiplied by 1 - x to 1 + x, 0 to 1. Default: 0.</summary>
    [Id(3)] public double Contrast { get; init; }

    /// <summary>Saturation is multiplied by 1 - x to 1 + x, 0 to 1. Default: 0.</summary>
    [Id(4)] public double Saturation { get; init; }

    /// <summary>
    /// Different views of each image, 1 to 1,000: epoch e shows view e mod this number, so that features can be kept.
    /// Null shows another view in every epoch, and then features are never kept.
    /// </summary>
    [Id(5)] public int? Views { get; init; }

    /// <summary>Chance that a box of 2 to 33 % of the view is erased, 0 to 1: torchvision's RandomErasing. Default: 0.</summary>
    [Id(6)] public double Erase { get; init; }

    /// <summary>
    /// Mixes the pixels of a view with those of another training image, and their labels: mixup (Zhang et al., 2018). The share is drawn from the Beta distribution with both
    /// parameters this, above 0 and at most 4; 0 mixes none. Default: 0.
    /// </summary>
    [Id(7)] public double Mixup { get; init; }

    /// <summary>
    /// Puts a box of another training image into a view, and mixes their labels by area: CutMix (Yun et al., 2019). The share is drawn as for <see cref="Mixup"/>; where both are above 0,
    /// each view has one of them with the same chance. Default: 0.
    /// </summary>
    [Id(8)] public double Cutmix { get; init; }
}
