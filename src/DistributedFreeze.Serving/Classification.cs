using System.Collections.Immutable;

namespace DistributedFreeze.Serving;

/// <summary>What is on an image.</summary>
/// <param name="Predictions">The classes, most probable first.</param>
/// <param name="ModelSha256">Which run's model says so; null where the model does not say.</param>
public sealed record Classification(ImmutableArray<Prediction> Predictions, string? ModelSha256)
{
    /// <summary>Orders probabilities; equal ones stay in the order of the classes.</summary>
    internal static Classification Of(ImmutableArray<string> classes, ImmutableArray<float> probabilities, string? modelSha256) =>
        new([.. classes.Zip(probabilities, (name, probability) => new Prediction(name, probability)).OrderByDescending(prediction => prediction.Probability)], modelSha256);
}

/// <summary>How probable a class is.</summary>
/// <param name="Class">The name of its folder, or its label.</param>
/// <param name="Probability">0 to 1; those of all classes sum to 1.</param>
public sealed record Prediction(string Class, float Probability);
