using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;

namespace DistributedFreeze.Training.Onnx;

/// <summary>Writes a stretch of the base, from one single tensor to one or several later ones, as ONNX nodes.</summary>
/// <remarks>
/// <para>
/// The way to a later end never depends on which other ends are asked for: where it passes one by (a convolution whose batch norm is
/// folded in, zeros that the next window adds itself), that end gets a node of its own beside the way. So sessions of one end
/// and of many compute the same.
/// </para>
/// <para>
/// Adds no inputs and outputs to the graph, so that a head can follow: tensors have the names of their layers, the pooled
/// features <see cref="Boundary.PooledName"/>. Use it once. Not thread-safe.
/// </para>
/// </remarks>
internal sealed class OnnxSegment
{
    private readonly OnnxGraph _graph;
    private readonly LayerTable _table;
    private readonly int _start;
    private readonly BatchNormForm _form;
    private readonly TensorReader _read;
    private readonly IGraphTensors _tensors;
    private readonly HashSet<int> _written = [];
    private readonly HashSet<int> _averaged = [];

    /// <param name="graph">Receives nodes and constants.</param>
    /// <param name="table">The layer table.</param>
    /// <param name="start">Index of the layer whose output the graph has already, under the layer's name: a cut of the table.</param>
    /// <param name="form">How batch norms are written.</param>
    /// <param name="read">Gives the tensors of the stretch's layers, when the model is written.</param>
    /// <param name="tensors">In what form nodes read tensors and the numbers of folded convolutions; null for floats.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="start"/> is not in <see cref="CutTensors"/>.</exception>
    public OnnxSegment(OnnxGraph graph, LayerTable table, int start, BatchNormForm form, TensorReader read, IGraphTensors? tensors = null)
    {
        if (!CutTensors.Of(table).Contains(start))
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, "The graph cannot be cut there.");
        }

        _graph = graph;
        _table = table;
        _start = start;
        _form = form;
        _read = read;
        _tensors = tensors ?? new FloatTensors(graph);
    }

    /// <summary>The name of a layer's output.</summary>
    /// <param name="table">The layer table.</param>
    /// <param name="index">Below the table's length, or the length for the pooled features.</param>
    public static string NameOf(LayerTable table, int index) =>
        index == table.Layers.Length ? Boundary.PooledName : table.Layers[index].Name;

    /// <summary>The shape of a layer's output: (images, channels, height, width), or (images, channels) for the pooled features.</summary>
    /// <param name="table">The layer table.</param>
    /// <param name="index">Below the table's length, or the length for the pooled features.</param>
    /// <param name="images">Images in a batch.</param>
    /// <param name="imageSize">Height and width of the network's input in pixels, 32 to 1,024.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="imageSize"/> is outside 32 to 1,024.</exception>
    public static ImmutableArray<long> ShapeOf(LayerTable table, int index, int images, int imageSize)
    {
        var shapes = table.ShapesAt(imageSize);
        return index == table.Layers.Length
            ? [images, table.PooledFeatures]
            : [images, shapes[index].Channels, shapes[index].Height, shapes[index].Width];
    }

    /// <summary>Adds what is missing to compute a layer's output.</summary>
    /// <param name="index">Its index, above the start; the table's length for the pooled features.</param>
    /// <returns>The tensor's name in the graph.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="index"/> is the start, before it, or behind the pooled features.
    /// </exception>
    public string Add(int index)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(index, _start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, _table.Layers.Length);
        return Tensor(index);
    }

    /// <summary>Adds the mean of each channel of a layer's output, (images, channels), and what is missing to compute it.</summary>
    /// <param name="index">Its index, above the start; below the table's length.</param>
    /// <returns>The tensor's name in the graph.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is out of its range.</exception>
    public string AddMeans(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _table.Layers.Length);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(index, _start);
        return Means(index);
    }

    /// <summary>The name of the means of a layer's channels.</summary>
    /// <param name="table">The layer table.</param>
    /// <param name="index">Below the table's length.</param>
    public static string MeansOf(LayerTable table, int index) => $"{NameOf(table, index)}.channel_means";

    private string Tensor(int index)
    {
        var name = NameOf(_table, index);
        if (index == _start || !_written.Add(index))
        {
            return name;
        }

        if (index == _table.Layers.Length)
        {
            Pool(name);
            return name;
        }

        var layer = _table.Layers[index];
        switch (layer.Kind)
        {
            case LayerKind.ZeroPadding:
                Pad(layer);
                break;
            case LayerKind.Convolution:
                Convolve(layer, name, normalization: null);
                break;
            case LayerKind.BatchNormalization when _form == BatchNormForm.Folded && layer.Parents[0] != _start:
                Convolve(_table.Layers[layer.Parents[0]], name, layer);
                break;
            case LayerKind.BatchNormalization:
                Normalize(layer);
                break;
            case LayerKind.Relu:
                _graph.AddNode("Relu", [Tensor(layer.Parents[0])], name);
                break;
            case LayerKind.Add:
                _graph.AddNode("Add", [Read(layer.Parents[0]), Read(layer.Parents[1])], name);
                break;
            case LayerKind.MaxPooling:
                MaxPool(layer);
                break;
            default:
                throw new InvalidOperationException($"Layer {layer.Name} of kind {layer.Kind} cannot be written.");
        }

        return name;
    }

    private string Read(int index) => _tensors.Read(Tensor(index));

    /// <summary>Finds what a window reads: the zeros of a padding layer before it become the window's own.</summary>
    private (string Input, int Padding) Unpadded(int parent)
    {
        var layer = _table.Layers[parent];
        return layer.Kind == LayerKind.ZeroPadding && parent != _start
            ? (Tensor(layer.Parents[0]), layer.ZeroPadding)
            : (Tensor(parent), 0);
    }

    private void Pad(Layer layer)
    {
        var pads = $"{layer.Name}.pads";
        var pixels = layer.ZeroPadding;
        _graph.AddConstant(pads, 0, 0, pixels, pixels, 0, 0, pixels, pixels);
        _graph.AddNode("Pad", [Tensor(layer.Parents[0]), pads], layer.Name);
    }

    private void Convolve(Layer layer, string output, Layer? normalization)
    {
        var shape = layer.Convolution!;
        var (input, padding) = Unpadded(layer.Parents[0]);
        var pixels = shape.Padding + padding;
        var inputs = new List<string> { _tensors.Read(input) };
        if (normalization is null)
        {
            inputs.AddRange(layer.Tensors.Select(AddStored));
        }
        else
        {
            var folded = new FoldedConvolution(layer, normalization, _table.BatchNormEpsilon, _read);
            var (kernels, biases) = _tensors.Add(normalization.Name, input, layer.Tensors[0].Shape.AsSpan(), folded);
            inputs.AddRange(kernels, biases);
        }

        _graph.AddNode("Conv", inputs.ToArray(), output, [.. Windows(shape.Kernel, shape.Stride, pixels), .. Groups(shape.Groups)]);
    }

    private void Normalize(Layer layer)
    {
        // Scale, offset, mean and variance: the order of both the table and the operator.
        string[] inputs = [Tensor(layer.Parents[0]), .. layer.Tensors.Select(AddStored)];
        _graph.AddNode("BatchNormalization", inputs, layer.Name, new OnnxSetting("epsilon", (float)_table.BatchNormEpsilon));
    }

    private void MaxPool(Layer layer)
    {
        // ONNX pads a maximum with minus infinity. After a ReLU that is as good as zero, since every window holds a pixel that is
        // not below zero; after anything else the zeros would have to be written out.
        var parent = _table.Layers[layer.Parents[0]];
        var afterRelu = parent.Kind == LayerKind.ZeroPadding && _table.Layers[parent.Parents[0]].Kind == LayerKind.Relu;
        var (input, padding) = afterRelu ? Unpadded(parent.Index) : (Tensor(parent.Index), 0);
        _tensors.IsPartOf(layer.Name, input);
        _graph.AddNode("MaxPool", [_tensors.Read(input)], layer.Name, [.. Windows(layer.Pooling!.Kernel, layer.Pooling.Stride, padding)]);
    }

    /// <summary>What the head reads: the means of one layer, or of several, one after another.</summary>
    private void Pool(string name)
    {
        if (_table.HeadInputs is [var only])
        {
            Means(Tensor(only.Index), name);
            return;
        }

        string[] means = [.. _table.HeadInputs.Select(layer => Means(layer.Index))];
        _graph.AddNode("Concat", means, name, OnnxSetting.Whole("axis", 1));
    }

    private string Means(int index)
    {
        var name = MeansOf(_table, index);
        if (_averaged.Add(index))
        {
            Means(Tensor(index), name);
        }

        return name;
    }

    private void Means(string input, string output)
    {
        var means = $"{output}.means";
        _graph.AddNode("GlobalAveragePool", [_tensors.Read(input)], means);
        _graph.AddNode("Flatten", [means], output);
    }

    private string AddStored(TensorSpec tensor)
    {
        _graph.AddConstant(tensor.Name, tensor.Shape.AsSpan(), values => _read(tensor, values));
        return tensor.Name;
    }

    /// <summary>1 is the operator's default.</summary>
    private static IEnumerable<OnnxSetting> Groups(int groups) => groups == 1 ? [] : [OnnxSetting.Whole("group", groups)];

    private static IEnumerable<OnnxSetting> Windows(int kernel, int stride, int padding) =>
    [
        new("kernel_shape", kernel, kernel),
        new("strides", stride, stride),
        new("pads", padding, padding, padding, padding),
    ];
}
