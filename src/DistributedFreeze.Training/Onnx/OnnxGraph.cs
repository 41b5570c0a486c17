using System.Runtime.InteropServices;
using DistributedFreeze.Data.Bases;

namespace DistributedFreeze.Training.Onnx;

/// <summary>An ONNX model in the making: inputs, nodes in order of evaluation, constants and outputs, each named.</summary>
/// <remarks>
/// <para>
/// Field numbers are those of github.com/onnx/onnx, onnx/onnx.proto (ModelProto, GraphProto, NodeProto, TensorProto, ValueInfoProto,
/// TypeProto, OperatorSetIdProto, StringStringEntryProto). Operator set 17 came with ONNX 1.12 and its IR version 8 (onnx, docs/Versioning.md): old enough
/// for every tool in use, and new enough for all that a ResNet50 needs.
/// </para>
/// <para>Names are not checked here: a reader such as ONNX Runtime refuses a graph whose names don't fit. Not thread-safe.</para>
/// </remarks>
internal sealed class OnnxGraph
{
    /// <summary>Version of the default operator set that nodes are written for.</summary>
    public const int OperatorSet = 17;

    /// <summary>Version of the file format.</summary>
    public const int IrVersion = 8;

    /// <summary>As a size in a shape: any number, such as of images in a batch.</summary>
    public const long AnyNumber = -1;

    private readonly ProtoMessage _graph = new();
    private readonly List<ProtoMessage> _metadata = [];
    private GraphCut? _cut;

    /// <param name="name">Name of the graph.</param>
    public OnnxGraph(string name) => _graph.Add(2, name);

    /// <summary>Adds a tensor of floats that callers give.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its sizes, outermost first; <see cref="AnyNumber"/> leaves one open.</param>
    public void AddInput(string name, params ReadOnlySpan<long> shape) => AddInput(name, OnnxType.Real, shape);

    /// <summary>Adds a tensor that callers give.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Type of its elements.</param>
    /// <param name="shape">Its sizes, outermost first; <see cref="AnyNumber"/> leaves one open.</param>
    public void AddInput(string name, OnnxType type, params ReadOnlySpan<long> shape) => _graph.Add(11, ValueInfo(name, type, shape));

    /// <summary>Makes a node's output, floats, one of the model's.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its sizes, outermost first; <see cref="AnyNumber"/> leaves one open.</param>
    public void AddOutput(string name, params ReadOnlySpan<long> shape) => _graph.Add(12, ValueInfo(name, OnnxType.Real, shape));

    /// <summary>Adds a text for readers of the model.</summary>
    /// <param name="key">Its name; each once.</param>
    /// <param name="value">The text.</param>
    public void AddMetadata(string key, string value) => _metadata.Add(new ProtoMessage().Add(1, key).Add(2, value));

    /// <summary>Adds a node; the nodes that it reads come before it.</summary>
    /// <param name="operation">Operator of the default set, such as <c>Conv</c>.</param>
    /// <param name="inputs">Names of what it reads.</param>
    /// <param name="output">Name of what it writes, and of the node.</param>
    /// <param name="attributes">Its constants.</param>
    public void AddNode(string operation, ReadOnlySpan<string> inputs, string output, params ReadOnlySpan<OnnxSetting> attributes)
    {
        var node = new ProtoMessage();
        foreach (var input in inputs)
        {
            node.Add(1, input);
        }

        node.Add(2, output).Add(3, output).Add(4, operation);
        foreach (var attribute in attributes)
        {
            node.Add(5, attribute.Message);
        }

        _graph.Add(1, node);
    }

    /// <summary>Adds a constant of floats.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its sizes, outermost first.</param>
    /// <param name="write">Gives the values, each time the model is written and not before.</param>
    /// <exception cref="OverflowException">It is larger than 2^31 - 1 bytes.</exception>
    public void AddConstant(string name, ReadOnlySpan<long> shape, ValuesWriter write)
    {
        var elements = 1L;
        foreach (var size in shape)
        {
            elements *= size;
        }

        AddConstant(name, shape, OnnxType.Real, checked((int)(elements * sizeof(float))), stream =>
        {
            var values = new float[elements];
            write(values);
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        });
    }

    /// <summary>Adds a constant list of whole numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">The list.</param>
    public void AddConstant(string name, params ReadOnlySpan<long> values)
    {
        var bytes = MemoryMarshal.AsBytes(values).ToArray();
        AddConstant(name, [values.Length], OnnxType.Whole, bytes.Length, stream => stream.Write(bytes));
    }

    /// <summary>Adds a constant of any type.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its sizes, outermost first.</param>
    /// <param name="type">Type of its elements.</param>
    /// <param name="length">Bytes of all of them.</param>
    /// <param name="write">Writes exactly that many bytes, each time the model is written and not before.</param>
    public void AddConstant(string name, ReadOnlySpan<long> shape, OnnxType type, int length, Action<Stream> write)
    {
        // raw_data is little-endian by the format, as is every machine that .NET runs torch or ONNX Runtime on.
        var tensor = new ProtoMessage();
        foreach (var size in shape)
        {
            tensor.Add(1, size);
        }

        _graph.Add(5, tensor.Add(2, (int)type).Add(8, name).Add(9, length, write));
    }

    /// <summary>Adds a graph that was cut out of another model, with the operator sets and functions that it needs; for all other nodes these count then, too.</summary>
    /// <param name="cut">The graph, of one model alone.</param>
    public void Add(GraphCut cut)
    {
        foreach (var node in cut.Nodes)
        {
            _graph.Add(1, node.Length, stream => stream.Write(node.Span));
        }

        foreach (var constant in cut.Constants)
        {
            _graph.Add(5, checked((int)constant.Length), constant.Write);
        }

        foreach (var sparse in cut.SparseConstants)
        {
            _graph.Add(15, sparse.Length, stream => stream.Write(sparse.Span));
        }

        _cut = cut;
    }

    /// <summary>Writes the model: a ModelProto, as a .onnx file holds it.</summary>
    /// <param name="stream">Receives it; stays open.</param>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    /// <exception cref="OverflowException">The model is larger than 2^31 - 1 bytes, protobuf's limit.</exception>
    public void WriteTo(Stream stream) => Model().WriteTo(stream);

    /// <summary>The model as bytes.</summary>
    /// <exception cref="OverflowException">The model is larger than 2^31 - 1 bytes, protobuf's limit.</exception>
    public byte[] ToArray()
    {
        var model = Model();
        var bytes = new byte[model.Size];
        using var stream = new MemoryStream(bytes);
        model.WriteTo(stream);
        return bytes;
    }

    private ProtoMessage Model()
    {
        var model = new ProtoMessage()
            .Add(1, Math.Max(IrVersion, _cut?.IrVersion ?? 0))
            .Add(2, "DistributedFreeze")
            .Add(7, _graph);
        foreach (var (domain, version) in _cut?.OperatorSets ?? [("", OperatorSet)])
        {
            model.Add(8, new ProtoMessage().Add(1, domain).Add(2, version));
        }

        foreach (var function in _cut?.Functions ?? [])
        {
            model.Add(25, function.Length, stream => stream.Write(function.Span));
        }

        foreach (var entry in _metadata)
        {
            model.Add(14, entry);
        }

        return model;
    }

    private static ProtoMessage ValueInfo(string name, OnnxType type, ReadOnlySpan<long> shape)
    {
        var sizes = new ProtoMessage();
        foreach (var size in shape)
        {
            sizes.Add(1, size == AnyNumber ? new ProtoMessage().Add(2, "N") : new ProtoMessage().Add(1, size));
        }

        var tensor = new ProtoMessage().Add(1, (int)type).Add(2, sizes);
        return new ProtoMessage().Add(1, name).Add(2, new ProtoMessage().Add(1, tensor));
    }
}
