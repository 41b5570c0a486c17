using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>The layers of a base in Keras's own order: 175 in a ResNet50.</summary>
/// <remarks>Immutable and thread-safe; there is one instance per network and graph.</remarks>
public sealed class LayerTable
{
    private static readonly FrozenDictionary<(NetworkGraph Graph, ModelArchitecture Architecture), Lazy<LayerTable>> Tables =
        Enum.GetValues<NetworkGraph>().SelectMany(graph => GraphConvention.Of(graph).Architectures, (graph, architecture) => (Graph: graph, Architecture: architecture))
            .ToFrozenDictionary(
                network => network,
                network => new Lazy<LayerTable>(() => new(ResNetArchitecture.Of(network.Architecture), GraphConvention.Of(network.Graph))));

    /// <summary>Name of the one layer that an ONNX base is.</summary>
    internal const string BaseLayer = "base";

    private readonly Dictionary<string, Layer> _byName;
    private readonly string? _base;

    private LayerTable(ResNetArchitecture architecture, GraphConvention convention)
        : this(architecture, convention, ResNetLayers.List(architecture, convention))
    {
    }

    private LayerTable(ResNetArchitecture architecture, GraphConvention convention, ImmutableArray<Layer> layers, LayerTable? whole = null, ImmutableArray<Layer>? headInputs = null)
    {
        Whole = whole ?? this;
        HeadInputs = headInputs ?? [layers[^1]];
        Architecture = architecture;
        Convention = convention;
        Layers = layers;
        _byName = Layers.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        Stages = [.. Layers.Select(layer => layer.Stage).Distinct(StringComparer.Ordinal)];
        BlockEnds = [.. Layers.Where(layer => layer.Index + 1 == Layers.Length || Layers[layer.Index + 1].Block != layer.Block)];
        Parameters = Layers.Sum(layer => layer.Parameters);
        Statistics = Layers.Sum(layer => layer.Statistics);
    }

    private LayerTable(ModelSpec model)
        : this(ResNetArchitecture.Of(model.Architecture), GraphConvention.Of(model.Graph), ImmutableArray.Create(
            new Layer { Index = 0, Name = "image", Kind = LayerKind.Input, Parents = [], Channels = 3, Stage = BaseLayer, Block = null },
            new Layer
            {
                Index = 1,
                Name = BaseLayer,
                Kind = LayerKind.Graph,
                Parents = [0],
                Channels = model.BaseFeatures!.Value,
                Stage = BaseLayer,
                Block = null,
                Graph = new(model.BaseParameters!.Value, model.BaseMultiplyAdds),
            })) => _base = BaseIdentity.Of(model);

    private LayerTable(LayerTable whole, ImmutableArray<Layer> headInputs)
        : this(whole.Architecture, whole.Convention, whole.Layers[..(headInputs[^1].Index + 1)], whole, headInputs)
    {
    }

    /// <summary>All tables, the graphs one after another.</summary>
    public static IEnumerable<LayerTable> All => Tables.OrderBy(table => table.Key).Select(table => table.Value.Value);

    /// <summary>Whether it stands for an ONNX model, which is one layer here: then the table is of no architecture and no library's graph.</summary>
    public bool IsGraph => _base is not null;

    /// <summary>Which network of the family it lists.</summary>
    public ResNetArchitecture Architecture { get; }

    /// <summary>Whose build of it.</summary>
    public GraphConvention Convention { get; }

    /// <summary>The graph that the table lists.</summary>
    public NetworkGraph Graph => Convention.Graph;

    /// <summary>Names network and graph in hashes and in keys of what is kept; it never changes.</summary>
    /// <remarks>A ResNet50 has the graph's name alone: once there was no other. So has a network whose head reads its last layer.</remarks>
    public string StableName => _base is not null ? $"Onnx {_base}" : Whole != this ? $"{Whole.StableName} to {string.Join('+', HeadInputs.Select(layer => layer.Name))}" : Architecture.Architecture == ModelArchitecture.ResNet50
        ? StableNames.Of(Graph)
        : $"{StableNames.Of(Architecture.Architecture)} {StableNames.Of(Graph)}";

    /// <summary>All layers, input first; a layer's parents come before it.</summary>
    public ImmutableArray<Layer> Layers { get; }

    /// <summary><c>conv1</c> to <c>conv5</c>, in order.</summary>
    public ImmutableArray<string> Stages { get; }

    /// <summary>The layers that the stem and each of the residual blocks end with, in order: <c>pool1_pool</c>, <c>conv2_block1_out</c> and so on.</summary>
    public ImmutableArray<Layer> BlockEnds { get; }

    /// <summary>The layers whose outputs, globally averaged, a head reads one after another: the last one, and with <see cref="HeadSpec.Inputs"/> others before it. In order.</summary>
    public ImmutableArray<Layer> HeadInputs { get; }

    /// <summary>The table of the whole network: this one, or where a head reads earlier layers and those after them are left out here, the one that has them all.</summary>
    public LayerTable Whole { get; }

    /// <summary>Channels of what a head reads, and so the length of the globally averaged features: 2,048 in a ResNet50, 512 in a ResNet18, where it reads the last layer alone.</summary>
    public int PooledFeatures => HeadInputs.Sum(layer => layer.Channels);

    /// <summary>Stored numbers of the base, moving statistics included: 23,587,712 for Keras's ResNet50.</summary>
    /// <remarks>torchvision's 23,508,032 leave the statistics out: compare <see cref="TrainableParameters"/>.</remarks>
    public long Parameters { get; }

    /// <summary>Numbers of the moving statistics: 53,120 in a ResNet50.</summary>
    public long Statistics { get; }

    /// <summary>Numbers that a gradient changes when every layer is open.</summary>
    public long TrainableParameters => Parameters - Statistics;

    /// <inheritdoc cref="GraphConvention.BatchNormEpsilon"/>
    public double BatchNormEpsilon => Convention.BatchNormEpsilon;

    /// <inheritdoc cref="GraphConvention.BatchNormMomentum"/>
    public double BatchNormMomentum => Convention.BatchNormMomentum;

    /// <summary>The layer of that name.</summary>
    /// <param name="name">Layer name, in the case Keras writes it.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message suggests the nearest names.</exception>
    public Layer this[string name] => TryGet(name, out var layer) ? layer : throw new KeyNotFoundException(UnknownLayer(name));

    /// <summary>The table of a run's network, up to the last layer that its head reads.</summary>
    /// <param name="model">The run's.</param>
    /// <exception cref="ArgumentException">There is no such network in that graph, or its head cannot read what it names.</exception>
    public static LayerTable For(ModelSpec model) => TryFor(model, out var table)
        ? table
        : throw new ArgumentException($"There is no layer table for {(model.Base is null ? $"{model.Architecture} of graph {model.Graph}" : "an ONNX base of which nothing is known yet")}.", nameof(model));

    /// <summary>The table of a run's network, up to the last layer that its head reads, where there is one.</summary>
    /// <param name="model">The run's.</param>
    /// <param name="table">The table, or null when the graph has no such network, one of the two is no defined value, its head cannot read what it names, or the features of an ONNX base are not known yet.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryFor(ModelSpec model, [NotNullWhen(true)] out LayerTable? table)
    {
        table = TryForWhole(model, out var whole) ? whole.UpTo(model.Head) : null;
        return table is not null;
    }

    /// <summary>The table of a run's whole network, whatever its head reads.</summary>
    internal static bool TryForWhole(ModelSpec model, [NotNullWhen(true)] out LayerTable? table)
    {
        table = model.Base is null ? Tables.GetValueOrDefault((model.Graph, model.Architecture))?.Value : BaseIdentity.IsKnown(model) ? new(model) : null;
        return table is not null;
    }

    /// <summary>The table of a network.</summary>
    /// <param name="graph">Whose build of it.</param>
    /// <param name="architecture">Which network.</param>
    /// <exception cref="ArgumentException">There is no such network in that graph.</exception>
    public static LayerTable For(NetworkGraph graph, ModelArchitecture architecture = ModelArchitecture.ResNet50) =>
        Tables.TryGetValue((graph, architecture), out var table)
            ? table.Value
            : throw new ArgumentException($"There is no layer table for {architecture} of graph {graph}.", nameof(graph));

    /// <summary>Looks a layer up by name.</summary>
    /// <param name="name">Layer name, in the case Keras writes it.</param>
    /// <param name="layer">The layer, or null when there is none.</param>
    /// <returns>Whether there is a layer of that name.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out Layer? layer) => _byName.TryGetValue(name, out layer);

    /// <summary>Output shape of every layer, by index.</summary>
    /// <param name="imageSize">Height and width of the input in pixels, 32 to 1,024.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="imageSize"/> is outside 32 to 1,024.</exception>
    public ImmutableArray<FeatureShape> ShapesAt(int imageSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, DataSpec.SmallestImage);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(imageSize, DataSpec.LargestImage);

        var shapes = ImmutableArray.CreateBuilder<FeatureShape>(Layers.Length);
        foreach (var layer in Layers)
        {
            shapes.Add(layer.ShapeAfter(layer.Parents.IsEmpty ? new(imageSize, imageSize, layer.Channels) : shapes[layer.Parents[0]]));
        }

        return shapes.MoveToImmutable();
    }

    /// <summary>Multiply-adds of every layer's forward pass for one image, by index; a multiply-add is two FLOPs.</summary>
    /// <remarks>Convolutions alone are counted, without their bias: output pixels x channels out x channels in x kernel area.</remarks>
    /// <param name="imageSize">Height and width of the input in pixels, 32 to 1,024.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="imageSize"/> is outside 32 to 1,024.</exception>
    public ImmutableArray<long> MultiplyAddsAt(int imageSize) =>
        [.. ShapesAt(imageSize).Zip(Layers, (shape, layer) => layer.MultiplyAddsAt(shape))];

    /// <returns>This table where a head reads its last layer; null where it cannot read what it names.</returns>
    private LayerTable? UpTo(HeadSpec? head) =>
        head?.Inputs is not { IsDefaultOrEmpty: false } names ? this
        : !HeadInputNames.TryFind(this, names, out var inputs) ? null
        : inputs is [var only] && only.Index == Layers.Length - 1 ? this
        : new(this, inputs);

    /// <summary>What to say about a layer name that the table does not have.</summary>
    internal string UnknownLayer(string name) => NearNames.Unknown("layer", name, Layers.Select(layer => layer.Name));
}
