using System.Collections.Immutable;

namespace DistributedFreeze.Data.Manifests;

/// <summary>What the columns of a manifest are called.</summary>
internal static class ManifestFields
{
    /// <summary>Names of the image file, the commonest first.</summary>
    public static ImmutableArray<string> File { get; } = ["file", "file_name", "filename", "path", "image"];

    /// <summary>Names of its class.</summary>
    public static ImmutableArray<string> Label { get; } = ["label", "class"];

    /// <summary>Name of its split.</summary>
    public static ImmutableArray<string> Split { get; } = ["split"];

    /// <summary>A column that would change the result, and cannot: it is refused rather than passed over.</summary>
    public const string Weight = "weight";

    /// <summary>Why.</summary>
    public const string WeightRefusal = "gives images weights of their own, which training does not know; remove that column, or weight classes by `class_weights`";

    /// <summary>What a manifest must have, for a sentence.</summary>
    public static string Right { get; } = $"a manifest names the image file in {Words(File)}, its class in {Words(Label)}, and may say train, val or test in split";

    /// <returns>The first of the names that there is; null where there is none.</returns>
    public static string? Find(ImmutableArray<string> wanted, IReadOnlyCollection<string> names) =>
        wanted.Select(name => names.FirstOrDefault(other => string.Equals(name, other, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(found => found is not null);

    /// <returns>Names that mean the same thing, where there are two or more of them; null where all is clear.</returns>
    public static string? Ambiguous(IReadOnlyCollection<string> names) =>
        ((ImmutableArray<string>[])[File, Label, Split])
            .Select(wanted => names.Where(name => wanted.Contains(name, StringComparer.OrdinalIgnoreCase)).ToList())
            .FirstOrDefault(found => found.Count > 1) is { } twice
            ? string.Join(" and ", twice)
            : null;

    private static string Words(ImmutableArray<string> names) => $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
}
