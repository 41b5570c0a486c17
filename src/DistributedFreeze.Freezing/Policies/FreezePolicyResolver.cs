using System.Collections.Immutable;
using System.IO.Enumeration;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;

namespace DistributedFreeze.Freezing.Policies;

/// <summary>Turns what a person wrote into one flag per layer.</summary>
/// <remarks>Pure and thread-safe: a policy resolves to the same mask everywhere.</remarks>
public static class FreezePolicyResolver
{
    /// <summary>The mask of a policy, with version 1.</summary>
    /// <param name="policy">What a person wrote.</param>
    /// <param name="table">The layers it speaks of.</param>
    /// <param name="field">Where the person wrote it, such as <c>phases[0].freeze</c>; errors name it.</param>
    /// <exception cref="InvalidInputException">
    /// A count is outside 0 to the number of layers, a layer or stage does not exist, or a glob matches no layer; one problem for each of the globs.
    /// </exception>
    public static FreezeMask Resolve(FreezePolicy policy, LayerTable table, string field) => policy switch
    {
        FreezePolicy.None => From(table, table.Layers.Length),
        FreezePolicy.All => From(table, 0),
        FreezePolicy.LastLayers last => From(table, table.Layers.Length - Count(last, table, field)),
        FreezePolicy.FromLayer from => From(table, FirstOf(from, table, field)),
        FreezePolicy.FromStage from => From(table, FirstOf(from, table, field)),
        FreezePolicy.Named named => Matching(named, table, field),
        _ => throw new InvalidInputException(field, $"{policy?.GetType().Name ?? "an empty value"} is no freeze policy"),
    };

    private static FreezeMask From(LayerTable table, int first) =>
        new(table, [.. table.Layers.Select(layer => layer.Index >= first)]);

    private static int Count(FreezePolicy.LastLayers last, LayerTable table, string field) =>
        last.Count >= 0 && last.Count <= table.Layers.Length
            ? last.Count
            : throw new InvalidInputException(
                field,
                $"is {last.Count} layers, but must be 0 (the head alone) to {table.Layers.Length} (every layer of the base)");

    /// <summary>No name of a layer is half as long; comparing a longer one with all of them may take minutes.</summary>
    private const int LongestName = 128;

    /// <summary>More than a ResNet50 has layers, and than anybody writes by hand.</summary>
    private const int MostGlobs = 200;

    private static string RequireShort(string? name, string field) => name?.Length > LongestName
        ? throw new InvalidInputException(field, $"must have names and globs of at most {LongestName} characters, got one of {name.Length:N0}")
        : name ?? "";

    private static int FirstOf(FreezePolicy.FromLayer from, LayerTable table, string field)
    {
        var name = RequireShort(from.Layer, field);
        return table.TryGet(name, out var layer) ? layer.Index : throw new InvalidInputException(field, table.UnknownLayer(name));
    }

    private static int FirstOf(FreezePolicy.FromStage from, LayerTable table, string field) =>
        table.Layers.FirstOrDefault(layer => layer.Stage == RequireShort(from.Stage, field))?.Index
            ?? throw new InvalidInputException(
                field,
                $"unknown stage '{from.Stage}'; the stages are {string.Join(", ", table.Stages)}");

    private static FreezeMask Matching(FreezePolicy.Named named, LayerTable table, string field)
    {
        if (named.Globs.IsDefaultOrEmpty)
        {
            throw new InvalidInputException(field, "names no layer; give at least one name or glob such as conv5_*, or leave it out to train the head alone");
        }

        if (named.Globs.Length > MostGlobs)
        {
            throw new InvalidInputException(field, $"must have at most {MostGlobs} names and globs, got {named.Globs.Length:N0}");
        }

        foreach (var glob in named.Globs)
        {
            RequireShort(glob, field);
        }

        var idle = named.Globs.Where(glob => !table.Layers.Any(layer => Matches(glob, layer))).ToImmutableArray();
        return idle.IsEmpty
            ? new(table, [.. table.Layers.Select(layer => named.Globs.Any(glob => Matches(glob, layer)))])
            : throw new InvalidInputException(idle.Select(glob => new Problem(field, OtherForm(glob) ?? MatchesNothing(glob, table))));
    }

    // Keras's names hold no backslash, the one character besides * and ? that this matcher treats specially.
    internal static bool Matches(string glob, Layer layer) =>
        FileSystemName.MatchesSimpleExpression(glob, layer.Name, ignoreCase: false);

    /// <summary>Words that a run file has for a policy are no globs.</summary>
    private static string? OtherForm(string glob) => glob switch
    {
        "none" => "glob 'none' matches no layer; where nothing is named, the head alone trains",
        "all" => "glob 'all' matches no layer; did you mean *?",
        _ => null,
    };

    internal static string MatchesNothing(string glob, LayerTable table)
    {
        var names = table.Layers.Select(layer => layer.Name);
        var isPrefix = !string.IsNullOrEmpty(glob) && names.Any(name => name.StartsWith(glob, StringComparison.Ordinal));
        return $"glob '{glob}' matches no layer{(isPrefix ? $"; did you mean {glob}*?" : NearNames.Suggestion(glob ?? "", names))}";
    }
}
