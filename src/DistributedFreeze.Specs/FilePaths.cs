using DistributedFreeze.Freezing.Validation;

namespace DistributedFreeze.Specs;

/// <summary>Relative paths in a run file count from the file's folder, so that it runs from anywhere.</summary>
internal static class FilePaths
{
    private const string Weights = "model.weights";

    private static readonly string[] Fields = ["data.path", Weights, "model.base", "from", "features.directory", "output"];

    /// <summary>Whether a field is the path of a file or a folder.</summary>
    /// <param name="field">The field's path in a run file.</param>
    public static bool Has(string field) => Fields.Contains(field);

    /// <param name="folder">The file's folder.</param>
    /// <param name="root">What the file says.</param>
    /// <param name="home">Whether a leading <c>~/</c> is the user's home.</param>
    public static SpecMap Beside(string folder, SpecMap root, bool home) => Fields.Aggregate(root, (tree, field) =>
        SpecPath.Find(tree, field) is SpecText { Value.Length: > 0 } text && !(field == Weights && WeightNames.Is(text.Value))
            ? SpecPath.With(tree, field, text with { Value = Path.Combine(folder, home ? HomePath.Expand(text.Value) : text.Value) })
            : tree);
}
