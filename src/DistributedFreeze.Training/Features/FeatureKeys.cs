using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features;

/// <summary>The keys under which a run's features are kept.</summary>
internal static class FeatureKeys
{
    /// <param name="features">The run's.</param>
    /// <param name="end">Index of the boundary.</param>
    /// <param name="view">Which view of the images.</param>
    /// <param name="prefix">Identifies the weights up to the boundary.</param>
    /// <param name="device">Where the replica computes.</param>
    public static FeatureSetKey Of(RunFeatures features, int end, int view, string prefix, Device device) =>
        Of(features, features.Run.NameOf(end), view, features.Run.Spec.Features.Type, prefix, device);

    /// <param name="features">The run's.</param>
    /// <param name="name">What is kept, where it is not the features at a boundary.</param>
    /// <param name="view">Which view of the images.</param>
    /// <param name="type">What its numbers are rounded to.</param>
    /// <param name="prefix">Identifies the weights that it is computed with.</param>
    /// <param name="device">Where the replica computes.</param>
    public static FeatureSetKey Of(RunFeatures features, string name, int view, FeatureType type, string prefix, Device device)
    {
        var data = features.Run.Spec.Data;
        var parts = new Dictionary<string, string>
        {
            ["prefixWeights"] = prefix,
            ["graph"] = features.Run.Table.StableName,
            ["boundary"] = name,
            ["imageSize"] = $"{data.ImageSize}",
            ["resize"] = StableNames.Of(data.Resize),
            ["colorProfiles"] = StableNames.Of(data.ColorProfiles),
            ["preprocessing"] = StableNames.Of(features.Preprocessing.Taken),
            ["view"] = ViewName.Of(data.Augmentation, features.Run.Spec.Seed, view, features.Run.Data.Hash),
            ["type"] = StableNames.Of(type),
            ["engine"] = features.Engines.IdOn(device),
            ["block"] = $"{features.Engines.BlockOn(device)}",
        };
        if (device.type == TorchSharp.DeviceType.CUDA)
        {
            parts.Add("device", GpuIdentity.Of(device.index)); // of a processor the engine's name tells enough
        }

        return FeatureSetKey.Of(parts);
    }
}
