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

    /// <summary>Below, every share is 0 or 1 but for one in a thousand, and its logarithm soon none that there is.</summary>
    private const double MinMixup = 0.001;

    public static void Check(AugmentationSpec augmentation, ProblemList problems)
    {
        var share = Interval.Closed(0, 1);
        var fits = problems.Real($"{Field}.crop_scale", augmentation.CropScale, Interval.Above(0, 1));
        fits &= problems.Real($"{Field}.flip", augmentation.Flip, share);
        fits &= problems.Real($"{Field}.brightness", augmentation.Brightness, share);
        fits &= problems.Real($"{Field}.contrast", augmentation.Contrast, share);
        fits &= problems.Real($"{Field}.saturation", augmentation.Saturation, share);
        fits &= problems.Real($"{Field}.erase", augmentation.Erase, share);
        fits &= CheckShares($"{Field}.mixup", augmentation.Mixup, problems);
        fits &= CheckShares($"{Field}.cutmix", augmentation.Cutmix, problems);
        if (augmentation.Views is { } views && problems.Whole($"{Field}.views", views, 1, MaxViews)
            && fits && !AugmentationChanges.Any(augmentation))
        {
            problems.Add($"{Field}.views", string.Create(
                CultureInfo.InvariantCulture,
                $"is {views}, but nothing changes an image, so that all views would be the same; give `{Field}.crop_scale` below 1, or `{Field}.flip`, "
                + $"`{Field}.brightness`, `{Field}.contrast`, `{Field}.saturation`, `{Field}.erase`, `{Field}.mixup` or `{Field}.cutmix` above 0, or leave this out"));
        }
    }

    /// <summary>Checks the parameter of a Beta distribution that shares are drawn from.</summary>
    /// <returns>Whether it can be used; 0 draws none.</returns>
    internal static bool CheckShares(string field, double alpha, ProblemList problems)
    {
        if (!problems.Real(field, alpha, Interval.Closed(0, MaxMixup)))
        {
            return false;
        }

        if (alpha is > 0 and < MinMixup)
        {
            problems.Add(field, string.Create(CultureInfo.InvariantCulture, $"is {alpha}, but must be 0, which mixes nothing, or {MinMixup} to {MaxMixup}"));
            return false;
        }

        return true;
    }
}
