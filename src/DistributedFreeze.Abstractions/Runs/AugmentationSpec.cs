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
}
