namespace DistributedFreeze.Training.Models;

/// <summary>The 1000-way classifier that a complete ImageNet file brings along; the base does without it.</summary>
public static class Classifier
{
    /// <summary>The layer's name, as every reader gives it.</summary>
    public const string Layer = "predictions";

    /// <summary>True for a tensor of the classifier.</summary>
    public static bool Owns(string tensor) => tensor.StartsWith(Layer + ".", StringComparison.Ordinal);
}
