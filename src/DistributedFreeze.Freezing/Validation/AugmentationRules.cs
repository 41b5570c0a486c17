using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Ranges of <see cref="AugmentationSpec"/>.</summary>
internal static class AugmentationRules
{
    private const string Field = "data.augment";
    private const int MaxViews = 1000;

    /// <summary>From there on nearly every share is near a half.</summary>
    internal const int MaxMixup = 4;

    public static void Check(AugmentationSpec augmentation, ProblemList problems)
    {
        var share = Interval.Closed(0, 1);
        var fits = problems.Real($"{Field}.crop_scale", augmentation.CropScale, Interval.Above(0, 1));
        fits &= problems.Real($"{Field}.flip", augmentation.Flip, share);
        fits &= problems.Real($"{Field}.brightness", augmentation.Brightness, share);
        fits &= problems.Real($"{Field}.contrast", augmentation.Contrast, share);
        fits &= problems.Real($"{Field}.saturation", augmentation.Saturation, share);
        fits &= problems.Real($"{Field}.erase", augmentation.Erase, share);
        fits &= problems.Real($"{Field}.mixup", augmentation.Mixup, Interval.Closed(0, MaxMixup));
        fits &= problems.Real($"{Field}.cutmix", augmentation.Cutmix, Interval.Closed(0, MaxMixup));
        if (augmentation.Views is { } views && problems.Whole($"{Field}.views", views, 1, MaxViews)
            && fits && !AugmentationChanges.Any(augmentation))
        {
            problems.Add($"{Field}.views", string.Create(
                CultureInfo.InvariantCulture,
                $"is {views}, but nothing changes an image, so that all views would be the same; give `{Field}.crop_scale` below 1, or `{Field}.flip`, "
                + $"`{Field}.brightness`, `{Field}.contrast` or `{Field}.saturation` above 0, or leave this out"));
        }
    }
}
