using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Ranges of <see cref="DataSpec"/>.</summary>
internal static class DataRules
{
    private static readonly DataSpec Unset = new() { Path = "" };

    public static void Check(DataSpec data, ProblemList problems)
    {
        if (string.IsNullOrWhiteSpace(data.Path))
        {
            problems.Add("data.path", "is empty, but must name the folder of class folders that holds the images");
        }
        else
        {
            PathRules.Check("data.path", data.Path, problems);
        }

        problems.Whole("data.image_size", data.ImageSize, DataSpec.SmallestImage, DataSpec.LargestImage);
        problems.Defined("data.resize", data.Resize);
        problems.Defined("data.color_profiles", data.ColorProfiles);
        if (data.Preprocessing is { } preprocessing)
        {
            problems.Defined("data.preprocess", preprocessing);
        }

        if (data is { ForcePreprocessing: true, Preprocessing: null or Preprocessing.Auto })
        {
            problems.Add("data.force_preprocess", "is true, but nothing is chosen to insist on; give `data.preprocess`: caffe, torch or tf");
        }

        problems.Real("data.max_skipped_share", data.MaxSkippedShare, Interval.Closed(0, 1));
        problems.Whole("data.max_pixels", data.MaxPixels, 1, DataSpec.LargestMaxPixels);
        CheckSplit(data, problems);
        if (data.Augmentation is { } augmentation)
        {
            AugmentationRules.Check(augmentation, problems);
        }
    }

    private static void CheckSplit(DataSpec data, ProblemList problems)
    {
        if (data.Split is { } split)
        {
            CheckPercentages(split, data, problems);
        }

        CheckFolds(data, problems);

        var share = Interval.Closed(0, 0.9);
        var validationFits = problems.Real("data.validation_share", data.ValidationShare, share);
        var testFits = problems.Real("data.test_share", data.TestShare, share);

        // In decimal, since 0.9 + 0.1 and the like must come out as exactly 1.
        if (validationFits && testFits && (decimal)data.ValidationShare + (decimal)data.TestShare >= 1)
        {
            problems.Add("data.test_share", string.Create(
                CultureInfo.InvariantCulture,
                $"is {data.TestShare}, which leaves no training images beside `data.validation_share: {data.ValidationShare}`; "
                + $"the two must add up to less than 1"));
        }
    }

    private static void CheckPercentages(string split, DataSpec data, ProblemList problems)
    {
        if (SplitPercentages.Of(split) is null)
        {
            problems.Add("data.split", $"is '{split}', but must be the percentages of training, validation and test images, which add up to 100, such as 70/15/15");
        }
        else if (data.ValidationShare != Unset.ValidationShare || data.TestShare != Unset.TestShare)
        {
            problems.Add("data.split", $"is '{split}' and decides all splits, so leave `data.validation_share` and `data.test_share` out");
        }
    }

    private static void CheckFolds(DataSpec data, ProblemList problems)
    {
        switch (data)
        {
            case { Folds: null, Fold: null }:
                return;
            case { Folds: null, Fold: { } alone }:
                problems.Add("data.fold", $"is {alone}, but there are no folds: give `data.folds`, too");
                return;
            case { Folds: { } folds, Fold: null } when problems.Whole("data.folds", folds, 2, DataSpec.MostFolds):
                problems.Add("data.fold", $"must say which of the {folds} folds is the test, 1 to {folds}");
                break;
            case { Folds: { } folds, Fold: { } fold } when problems.Whole("data.folds", folds, 2, DataSpec.MostFolds):
                problems.Whole("data.fold", fold, 1, folds);
                break;
        }

        if (data.Split is not null)
        {
            problems.Add("data.folds", "cannot stand beside `data.split`: each decides all splits, so leave one of them out");
        }
        else if (data.TestShare != Unset.TestShare)
        {
            problems.Add("data.folds", "decides which images are the test, so leave `data.test_share` out");
        }
    }
}
