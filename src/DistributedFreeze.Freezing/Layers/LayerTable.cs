using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>The 175 layers of a ResNet50 base in Keras's own order.</summary>
/// <remarks>Immutable and thread-safe; there is one instance per graph.</remarks>
public sealed class LayerTable
{
    /// <summary>Layers of the base in either graph.</summary>
    public const int LayerCount = 175;

    /// <summary>Channels of the base's output, and so the length of the globally averaged features.</summary>
    public const int PooledFeatures = 2048;

    private static readonly LayerTable KerasV1 = new(NetworkGraph.KerasV1);
    private static readonly LayerTable TorchvisionV15 = new(NetworkGraph.TorchvisionV15);

    private readonly Dictionary<string, Layer> _byName;

    private LayerTable(NetworkGraph graph)
    {
        Graph = graph;
        Layers = ResNet50.List(graph);
        _byName = Layers.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        Stages = [.. Layers.Select(layer => layer.Stage).Distinct(StringComparer.Ordinal)];
        Parameters = Layers.Sum(layer => layer.Parameters);
        Statistics = Layers.Sum(layer => layer.Statistics);
    }

    /// <summary>The graph that the table lists.</summary>
    public NetworkGraph Graph { get; }

    /// <summary>All layers, input first; a layer's parents come before it.</summary>
    public ImmutableArray<Layer> Layers { get; }

    /// <summary><c>conv1</c> to <c>conv5</c>, in order.</summary>
    public ImmutableArray<string> Stages { get; }

    /// <summary>Stored numbers of the base, moving statistics included: 23,587,712 for Keras.</summary>
    /// <remarks>torchvision's 23,508,032 leave the statistics out: compare <see cref="TrainableParameters"/>.</remarks>
    public long Parameters { get; }

    /// <summary>Numbers of the moving statistics: 53,120.</summary>
    public long Statistics { get; }

    /// <summary>Numbers that a gradient changes when every layer is open.</summary>
    public long TrainableParameters => Parameters - Statistics;

    /// <summary>
    /// What a batch norm adds to the variance: 1.001e-5 in <c>keras.applications.resnet</c>, 1e-5 in torchvision (PyTorch's default).
    /// </summary>
    public double BatchNormEpsilon => Graph == NetworkGraph.KerasV1 ? 1.001e-5 : 1e-5;

    /// <summary>
    /// Share of a batch's statistics in the moving ones, in PyTorch's sense: 0.01 for Keras, whose default momentum of 0.99 is the
    /// share that stays, and 0.1 for torchvision (PyTorch's default).
    /// </summary>
    public double BatchNormMomentum => Graph == NetworkGraph.KerasV1 ? 0.01 : 0.1;

    /// <summary>The layer of that name.</summary>
    /// <param name="name">Layer name, in the case Keras writes it.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message suggests the nearest names.</exception>
    public Layer this[string name] => TryGet(name, out var layer) ? layer : throw new KeyNotFoundException(UnknownLayer(name));

    /// <summary>The table of a graph; always the same instance.</summary>
    /// <param name="graph">Which ResNet50.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="graph"/> is no defined value.</exception>
    public static LayerTable For(NetworkGraph graph) => graph switch
    {
        NetworkGraph.KerasV1 => KerasV1,
        NetworkGraph.TorchvisionV15 => TorchvisionV15,
        _ => throw new ArgumentOutOfRangeException(nameof(graph), graph, "There is no layer table for this graph."),
    };

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
        [.. ShapesAt(imageSize).Zip(Layers, (shape, layer) => (long)shape.Height * shape.Width * (layer.Convolution?.WeightElements ?? 0))];

    /// <summary>What to say about a layer name that the table does not have.</summary>
    internal string UnknownLayer(string name) => NearNames.Unknown("layer", name, Layers.Select(layer => layer.Name));
}
