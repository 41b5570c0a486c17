using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>What makes the features of an ONNX base what they are, as one hash: it stands where a ResNet has that of its weights.</summary>
public static class BaseIdentity
{
    /// <summary>The most features that a base may have.</summary>
    public const int MostFeatures = 1 << 20;

    /// <summary>SHA-256 in lower-case hex over UTF-8 lines that each end in a line feed: the model's own SHA-256, the boundary's tensor, and how it is pooled.</summary>
    /// <param name="model">A run's, resolved: <see cref="LayerTable.TryFor"/> has a table of it.</param>
    public static string Of(ModelSpec model) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{model.BaseSha256}\n{model.Boundary}\n{StableNames.Of(model.Pool)}\n")));

    /// <summary>Whether everything about a run's base is known that its model has to say.</summary>
    /// <param name="model">The run's.</param>
    public static bool IsKnown(ModelSpec model) => model is { BaseSha256: not null, Boundary: not null, BaseFeatures: > 0 and <= MostFeatures, BaseParameters: >= 0, Pool: FeaturePooling.Avg or FeaturePooling.Cls or FeaturePooling.None };
}
