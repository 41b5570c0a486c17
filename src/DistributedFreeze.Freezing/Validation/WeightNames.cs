namespace DistributedFreeze.Freezing.Validation;

/// <summary>Names that stand for files of weights which somebody publishes. Pure and thread-safe; what is behind them is known to whoever pulls them.</summary>
public static class WeightNames
{
    /// <summary>What begins the name of a repository of Hugging Face, <c>hf:ORG/NAME</c>.</summary>
    public const string HuggingFace = "hf:";

    private static readonly string[] Words = ["imagenet", "keras-imagenet", "torchvision-v1", "torchvision-v2"];

    /// <summary>Whether a text is such a name and not the path of a file; a file of the same name is <c>./NAME</c>.</summary>
    /// <param name="text">What stands in place of a path.</param>
    public static bool Is(string text) => Words.Contains(text, StringComparer.Ordinal) || text.StartsWith(HuggingFace, StringComparison.Ordinal);
}
