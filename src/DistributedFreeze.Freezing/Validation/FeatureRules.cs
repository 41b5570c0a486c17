using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Ranges of <see cref="FeatureSpec"/>.</summary>
internal static class FeatureRules
{
    private const long MaxBytes = 1L << 50;

    /// <param name="features">How features are kept.</param>
    /// <param name="augmentation">How images change; null where they do not.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static void Check(FeatureSpec features, AugmentationSpec? augmentation, ProblemList problems)
    {
        problems.Defined("features.type", features.Type);
        problems.Defined("features.engine", features.Engine);
        problems.Defined("features.provider", features.Provider);
        problems.Defined("features.cache", features.Cache);
        if (features.Cache == FeatureCacheMode.On && augmentation is { Views: null } && AugmentationChanges.Any(augmentation))
        {
            problems.Add(
                "features.cache",
                "is on, but the augmentation shows another view of every image in every epoch, so that nothing kept would be read again; "
                + "give `data.augment.views: 8`, say, or set this to auto or off");
        }

        if (features.Directory is { } directory)
        {
            CheckDirectory(directory, problems);
        }

        if (features.MemoryBytes is { } memory)
        {
            problems.Whole("features.memory", memory, 0, MaxBytes);
        }

        problems.Whole("features.disk", features.DiskBytes, 0, MaxBytes);
    }

    private static void CheckDirectory(string directory, ProblemList problems)
    {
        if (string.IsNullOrWhiteSpace(directory))
        {
            problems.Add("features.directory", "is empty, but must name the folder of the cache; leave it out for the silo's own");
        }
        else
        {
            PathRules.CheckNew("features.directory", directory, problems);
        }
    }
}
