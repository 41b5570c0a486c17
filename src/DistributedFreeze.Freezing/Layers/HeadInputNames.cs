using System.Collections.Immutable;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>Finds the layers that a head names as what it reads: <see cref="Runs.HeadSpec.Inputs"/>. Pure and thread-safe.</summary>
/// <remarks>Only where every path goes through one tensor is there a map that stands for all that the network knows by then: after the stem, and after each block.</remarks>
internal static class HeadInputNames
{
    /// <summary>As the name of a folder; comparing longer ones with what they may have meant takes long.</summary>
    private const int LongestName = 255;

    /// <param name="whole">The whole network.</param>
    /// <param name="names">Names of layers, in any order.</param>
    /// <param name="inputs">The layers in the network's order.</param>
    /// <returns>Whether a head can read them.</returns>
    public static bool TryFind(LayerTable whole, ImmutableArray<string> names, out ImmutableArray<Layer> inputs)
    {
        inputs = whole.IsGraph || Problems(whole, names).Any() ? [] : [.. names.Select(name => whole[name]).OrderBy(layer => layer.Index)];
        return !inputs.IsEmpty;
    }

    /// <summary>Why a head cannot read these layers, as what follows the field's name; nothing where it can.</summary>
    /// <param name="whole">The whole network.</param>
    /// <param name="names">Names of layers, at least one.</param>
    public static IEnumerable<string> Problems(LayerTable whole, ImmutableArray<string> names)
    {
        if (names.Length > whole.BlockEnds.Length)
        {
            yield return $"has {names.Length:N0} names, but must name at most the {whole.BlockEnds.Length} layers that stem and blocks end with, each once";
            yield break;
        }

        foreach (var name in names.Where(name => !whole.BlockEnds.Any(end => end.Name == name)).Distinct(StringComparer.Ordinal))
        {
            yield return name is not { Length: > 0 and <= LongestName } ? $"must name layers in 1 to {LongestName} characters each; {Right(whole)}"
                : whole.TryGet(name, out var layer) ? $"is {name}, which is {Where(layer)}, not the end of one; {Instead(whole, layer)}"
                : $"{NearNames.Unknown("layer", name, whole.BlockEnds.Select(end => end.Name))}; {Right(whole)}";
        }

        foreach (var twice in names.Where(name => name is not null).GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            yield return $"names {twice.Key} {(twice.Count() == 2 ? "twice" : $"{twice.Count()} times")}; once is right";
        }
    }

    private static string Where(Layer layer) => layer.Block is { } block ? $"inside the block {block}" : "inside the stem";

    private static string Instead(LayerTable whole, Layer layer) => $"its end is {whole.BlockEnds.First(end => end.Block == layer.Block).Name}";

    private static string Right(LayerTable whole) =>
        $"{whole.BlockEnds[0].Name} and the ends of blocks, {whole.BlockEnds[1].Name} to {whole.BlockEnds[^1].Name}, would be right";
}
