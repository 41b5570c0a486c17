using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Augmentation;

/// <summary>Which view of its images an epoch shows. Pure and thread-safe.</summary>
public static class EpochViews
{
    /// <summary>The view that a training epoch shows; validation and test always see view 0.</summary>
    /// <param name="spec">What views may do; null makes none.</param>
    /// <param name="epoch">The epoch, from 0, counted over all phases.</param>
    /// <returns>
    /// 0, the image as it is, where nothing is changed; else 1 or more: one of <see cref="AugmentationSpec.Views"/> in turn, or another
    /// one in every epoch.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epoch"/> is negative.</exception>
    public static int ViewOfEpoch(AugmentationSpec? spec, int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        return spec is null || !AugmentationChanges.Any(spec) ? 0
            : spec.Views is { } views ? (epoch % views) + 1
            : epoch + 1;
    }
}
