namespace DistributedFreeze.Runs;

/// <summary>
/// Random changes of the features that training images have at the boundary, keyed by (seed, epoch, image): brightness and contrast of Frozen Feature Augmentation (Bär, Houlsby,
/// Dehghani and Kumar, "Frozen Feature Augmentation for Few-Shot Image Classification", CVPR 2024). Nothing passes the frozen layers for it, so features may come from the cache.
/// </summary>
/// <remarks>
/// From the paper are the pointwise changes of features that are scaled to 0 to 1 by the least and the greatest of an image, and changes drawn for each channel (its cFroFA). Ours are
/// the order, brightness first, the ranges, clipping after each change, and that contrast turns around the mean of all of an image's scaled features, so that pooled ones have some, too.
/// </remarks>
[GenerateSerializer, Immutable, Alias("df.feature-augmentation-spec")]
public sealed record FeatureAugmentationSpec
{
    /// <summary>-x to x, drawn evenly, is added to scaled features, 0 to 1. Default: 0.</summary>
    [Id(0)] public double Brightness { get; init; }

    /// <summary>The distance of scaled features from their mean is multiplied by 1 - x to 1 + x, drawn evenly, 0 to 1. Default: 0.</summary>
    [Id(1)] public double Contrast { get; init; }

    /// <summary>Whether each channel has draws of its own; else an image has one of each for all its features. Default: false.</summary>
    [Id(2)] public bool PerChannel { get; init; }
}
