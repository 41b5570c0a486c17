using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>A graph up to a boundary as parts of another model: (N, 3, height, width) floats go in, (N, features) floats come out.</summary>
/// <remarks>
/// Names of the graph have <see cref="OnnxRename.Prefix"/> before them; what is added (other number types, channels last, pooling) has names that begin with <c>base.</c>.
/// The operators that are added mean the same in every operator set from 11 on. Constants that lie outside the file are read when they are written. Thread-safe.
/// </remarks>
internal sealed class GraphCut
{
    /// <summary>Name of the floats that go in.</summary>
    public const string InputName = "base.input";

    /// <summary>Name of the floats that come out.</summary>
    public const string OutputName = "base.features";

    /// <summary>Before version 4, constants had to be inputs as well; 8 came with functions.</summary>
    private const long OldestIrVersion = 8;

    private const long MostBytes = int.MaxValue - 64;

    private readonly OnnxFile _file;
    private readonly ImmutableArray<ReadOnlyMemory<byte>>.Builder _nodes = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
    private readonly ImmutableArray<OnnxConstant>.Builder _constants = ImmutableArray.CreateBuilder<OnnxConstant>();
    private readonly List<ReadOnlyMemory<byte>> _sparse = [];

    /// <param name="file">The model.</param>
    /// <param name="image">Its input for images.</param>
    /// <param name="walk">What follows from what in it.</param>
    /// <param name="targets">Tensors that the parts make, under their names with the prefix.</param>
    /// <exception cref="Errors.InvalidInputException">They need other inputs than the image.</exception>
    public GraphCut(OnnxFile file, BaseImage image, GraphWalk walk, params ImmutableArray<string> targets)
    {
        _file = file;
        Convert(image);
        var indices = walk.NodesFor(targets);
        var needed = indices.SelectMany(index => file.Nodes[index].Needs).ToHashSet(StringComparer.Ordinal);
        var others = file.Inputs.Where(input => input.Name != image.Name && needed.Contains(input.Name)).ToList();
        if (others.Count > 0)
        {
            throw file.Refuse($"has several inputs: up to {targets[^1]} it needs {string.Join(", ", others.Select(input => $"{input.Name} ({input.Describe()})"))} besides {image.Name}, and a base takes an image alone");
        }

        _nodes.AddRange(indices.Select(index => (ReadOnlyMemory<byte>)OnnxRename.Node(file.Nodes[index].Message).ToArray()));
        _constants.AddRange(file.Constants.Values.Where(tensor => needed.Contains(tensor.Name)).OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(tensor => OnnxConstant.Of(file, tensor)));
        _sparse.AddRange(file.SparseConstants.Where(tensor => needed.Contains(tensor.Key)).Select(tensor => (ReadOnlyMemory<byte>)OnnxRename.SparseTensor(tensor.Value).ToArray()));
    }

    /// <summary>Nodes in order, each a NodeProto.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Nodes => _nodes;

    /// <summary>Constants, each a TensorProto.</summary>
    public IEnumerable<OnnxConstant> Constants => _constants;

    /// <summary>Constants of which only some elements are stored, each a SparseTensorProto.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> SparseConstants => _sparse;

    /// <summary>Functions that nodes name, each a FunctionProto.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Functions => _file.Functions.Select(function => function.Message);

    /// <summary>Version of the format that the nodes need at least.</summary>
    public long IrVersion => Math.Max(_file.IrVersion, OldestIrVersion);

    /// <summary>Operator sets that the nodes are of, ONNX's own among them.</summary>
    public ImmutableArray<(string Domain, long Version)> OperatorSets => _file.OperatorSets;

    /// <summary>Adds what makes features of a tensor: one list of floats for each image, called <see cref="OutputName"/>.</summary>
    /// <param name="boundary">One of the targets.</param>
    /// <param name="pooling">How.</param>
    public void AddFeatures(string boundary, BasePooling pooling)
    {
        AddNode("Cast", OnnxRename.Of(boundary), "base.floats", OnnxParts.Whole("to", OnnxTypes.Float));
        var pooled = "base.floats";
        switch (pooling.Kind)
        {
            case FeaturePooling.Avg:
                // A token is a place like a pixel: with channels in front of them, both are averaged alike.
                if (pooling.ChannelsLast)
                {
                    AddNode("Transpose", pooled, "base.planes", pooling.Rank == 3 ? OnnxParts.Wholes("perm", 0, 2, 1) : OnnxParts.Wholes("perm", 0, 3, 1, 2));
                    pooled = "base.planes";
                }

                AddNode("GlobalAveragePool", pooled, "base.means");
                pooled = "base.means";
                break;
            case FeaturePooling.Cls:
                _constants.Add(OnnxConstant.OfWholes("base.first", 0));
                _nodes.Add(OnnxParts.Node("Gather", [pooled, "base.first"], "base.token", OnnxParts.Whole("axis", 1)).ToArray());
                pooled = "base.token";
                break;
        }

        AddNode("Flatten", pooled, OutputName, OnnxParts.Whole("axis", 1));
    }

    /// <summary>Adds what says the shape of a tensor.</summary>
    /// <param name="tensor">One of the targets.</param>
    /// <param name="output">Name of the list of sizes.</param>
    public void AddShape(string tensor, string output) => AddNode("Shape", OnnxRename.Of(tensor), output);

    /// <summary>The parts as a model of their own.</summary>
    /// <param name="batch">Images at a time.</param>
    /// <param name="size">Height and width of an image in pixels.</param>
    /// <param name="outputs">Names of what it gives.</param>
    /// <exception cref="Errors.InvalidInputException">It is larger than 2 GB.</exception>
    public byte[] ToModel(int batch, int size, params ReadOnlySpan<string> outputs)
    {
        var after = new ProtoWriter().Add(2, "base").Add(11, OnnxParts.Value(InputName, OnnxTypes.Float, batch, 3, size, size));
        foreach (var output in outputs)
        {
            after.Add(12, OnnxParts.Value(output, output == OutputName ? OnnxTypes.Float : OnnxTypes.Whole));
        }

        foreach (var sparse in _sparse)
        {
            after.Add(15, sparse.Span);
        }

        var end = after.ToArray();
        var heads = _constants.Select(constant => new ProtoWriter().Head(5, constant.Length).ToArray()).ToList();
        var nodes = _nodes.Select(node => new ProtoWriter().Add(1, node.Span).ToArray()).ToList();
        var graph = nodes.Sum(node => (long)node.Length) + heads.Zip(_constants, (head, constant) => head.Length + constant.Length).Sum() + end.Length;
        var before = new ProtoWriter().Add(1, IrVersion);
        foreach (var (domain, version) in OperatorSets)
        {
            before.Add(8, new ProtoWriter().Add(1, domain).Add(2, version));
        }

        foreach (var function in Functions)
        {
            before.Add(25, function.Span);
        }

        var start = before.Head(7, graph).ToArray();
        if (start.Length + graph > MostBytes)
        {
            throw _file.Refuse($"has more than 2 GB of constants up to the boundary, and a model that is computed with, or exported, holds them all");
        }

        var model = new byte[start.Length + graph];
        using var stream = new MemoryStream(model);
        stream.Write(start);
        nodes.ForEach(node => stream.Write(node));
        foreach (var (head, constant) in heads.Zip(_constants))
        {
            stream.Write(head);
            constant.Write(stream);
        }

        stream.Write(end);
        return model;
    }

    /// <summary>From what is given to what the graph takes.</summary>
    private void Convert(BaseImage image)
    {
        var cast = image.ChannelsLast ? "base.cast" : OnnxRename.Of(image.Name);
        AddNode("Cast", InputName, cast, OnnxParts.Whole("to", image.Type));
        if (image.ChannelsLast)
        {
            AddNode("Transpose", cast, OnnxRename.Of(image.Name), OnnxParts.Wholes("perm", 0, 2, 3, 1));
        }
    }

    private void AddNode(string operation, string input, string output, ProtoWriter? attribute = null) =>
        _nodes.Add(OnnxParts.Node(operation, [input], output, attribute).ToArray());
}
