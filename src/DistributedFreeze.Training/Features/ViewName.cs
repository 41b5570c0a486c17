using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Features;

/// <summary>What a view is, in the key of its features.</summary>
internal static class ViewName
{
    /// <summary>True where a view is met again, so that keeping its features can pay.</summary>
    public static bool Returns(AugmentationSpec? spec, int view) => view == 0 || spec?.Views is not null;

    /// <returns><c>plain</c> for view 0; otherwise everything that decides what the view shows.</returns>
    public static string Of(AugmentationSpec? spec, int seed, int view, string dataHash) => view == 0 || spec is null
        ? "plain"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"view {view} of seed {seed}: crop {spec.CropScale:R}, flip {spec.Flip:R}, brightness {spec.Brightness:R}, contrast {spec.Contrast:R}, saturation {spec.Saturation:R}")
            + (spec.Erase > 0 ? string.Create(CultureInfo.InvariantCulture, $", erase {spec.Erase:R}") : "")
            + (spec.Mixup > 0 || spec.Cutmix > 0 ? string.Create(CultureInfo.InvariantCulture, $", mixup {spec.Mixup:R}, cutmix {spec.Cutmix:R} of {dataHash}") : "");
}
