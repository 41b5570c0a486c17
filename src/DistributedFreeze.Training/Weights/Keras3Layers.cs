using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Weights;

/// <summary>One layer's variables in a file of Keras 3, <c>layers/conv2d_1/vars</c>.</summary>
/// <param name="Container">Path of what it is in, such as <c>layers/functional/layers</c>; layers of one model share it.</param>
/// <param name="Key">Its name there: that of its class, with a number from the second on.</param>
/// <param name="Name">The layer's own name, which Keras 3.5 and later store beside the variables; null for earlier ones.</param>
internal sealed record Keras3Layer(string Container, string Key, string? Name);

/// <summary>Tells which layer is which in a file of Keras 3.</summary>
/// <remarks>
/// <para>
/// Source: keras/src/saving/saving_lib.py, <c>_save_container_state</c> and <c>H5IOStore</c>: a layer is saved under the name of its class, in
/// the order of <c>model.layers</c>, and since 3.5 with its own name as an attribute. Keras 2.12 to 2.15 number every layer twice, so only
/// the order of the numbers counts here. Some tools write the layers' own names instead.
/// </para>
/// <para>Pure and thread-safe.</para>
/// </remarks>
internal static partial class Keras3Layers
{
    private static readonly ImmutableArray<LayerTable> Tables = [.. LayerTable.All.Where(table => table.Graph == NetworkGraph.KerasV1)];

    /// <summary>A name for every layer: the table's for those of a ResNet of Keras's, else its path with dots.</summary>
    public static IReadOnlyDictionary<Keras3Layer, string> Names(IReadOnlyCollection<Keras3Layer> saved)
    {
        var names = Tables.SelectMany(table => table.Layers).Where(layer => layer.HasParameters).Select(layer => layer.Name).ToHashSet(StringComparer.Ordinal);
        var found = saved.ToDictionary(
            layer => layer,
            layer => layer.Name is { } own && names.Contains(own) ? own : names.Contains(layer.Key) ? layer.Key : $"{layer.Container}/{layer.Key}".Trim('/').Replace('/', '.'));
        foreach (var model in saved.GroupBy(layer => layer.Container, StringComparer.Ordinal).Where(model => !model.Any(layer => names.Contains(found[layer]))))
        {
            NameByOrder(model, "conv2d", LayerKind.Convolution, found);
            NameByOrder(model, "batch_normalization", LayerKind.BatchNormalization, found);
        }

        return found;
    }

    /// <summary>The project's word for a variable.</summary>
    /// <param name="index">Its number among the layer's variables.</param>
    /// <param name="variables">How many the layer has.</param>
    public static string Tensor(int index, int variables) => (index, variables) switch
    {
        (0, _) => "weight",
        (1, _) => "bias",
        (2, 4) => "running_mean",
        (3, 4) => "running_var",
        _ => index.ToString(CultureInfo.InvariantCulture),
    };

    private static void NameByOrder(IEnumerable<Keras3Layer> model, string word, LayerKind kind, Dictionary<Keras3Layer, string> names)
    {
        var ordered = model.Select(layer => (Layer: layer, Match: Numbered().Match(layer.Key)))
            .Where(numbered => numbered.Match.Success && numbered.Match.Groups["class"].Value == word)
            .OrderBy(numbered => numbered.Match.Groups["number"] is { Success: true } number ? int.Parse(number.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0)
            .ToList();

        // Each of these networks has a number of its own of every kind.
        if (Tables.Select(table => table.Layers.Where(layer => layer.Kind == kind).ToList()).FirstOrDefault(layers => layers.Count == ordered.Count) is { } known)
        {
            foreach (var (saved, layer) in ordered.Zip(known))
            {
                names[saved.Layer] = layer.Name;
            }
        }
    }

    [GeneratedRegex(@"\A(?<class>[a-z0-9_]*?)(?:_(?<number>[0-9]{1,6}))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Numbered();
}
