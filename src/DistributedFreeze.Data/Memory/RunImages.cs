namespace DistributedFreeze.Data.Memory;

/// <summary>How many images a run has, where somebody has counted them.</summary>
/// <param name="Train">Images to train on, at least 1.</param>
/// <param name="All">Those and the ones to validate and test on.</param>
public sealed record RunImages(int Train, int All)
{
    /// <summary>Enough for any batch, and none whose pixels or features are kept: what a plan without a folder counts.</summary>
    public static RunImages Uncounted { get; } = new(int.MaxValue / 2, 0);

    /// <summary>The images of a folder, by their names.</summary>
    public static RunImages Of(DataOutline outline) => new(Math.Max(1, outline.Train), outline.Train + outline.Validation + outline.Test);
}
