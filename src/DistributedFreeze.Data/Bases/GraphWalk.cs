using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Data.Bases;

/// <summary>Which tensor of a graph follows from which.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class GraphWalk
{
    /// <summary>Operators between a classifier and the graph's output that change no answer's place.</summary>
    private static readonly ImmutableHashSet<string> PassedBy =
        ["Softmax", "LogSoftmax", "Sigmoid", "Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Clip", "Mul", "Div", "Dropout"];

    private readonly OnnxFile _file;
    private readonly Dictionary<string, int> _makers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ofImage;

    /// <param name="file">The model.</param>
    /// <param name="image">Name of its input for images.</param>
    public GraphWalk(OnnxFile file, string image)
    {
        _file = file;
        _ofImage = new(StringComparer.Ordinal) { image };
        for (var index = 0; index < file.Nodes.Length; index++)
        {
            var node = file.Nodes[index];
            foreach (var output in node.Outputs.Where(name => name.Length > 0))
            {
                _makers[output] = index;
            }

            // How large an image is, is no matter of what is on it.
            if (!(node.IsStandard && node.Operator is "Shape" or "Size") && node.Needs.Any(_ofImage.Contains))
            {
                _ofImage.UnionWith(node.Outputs);
            }
        }
    }

    /// <summary>Names of all tensors that nodes make.</summary>
    public IEnumerable<string> Tensors => _makers.Keys;

    /// <summary>Whether a tensor depends on what is on the image.</summary>
    public bool IsOfImage(string tensor) => _ofImage.Contains(tensor);

    /// <summary>The node that makes a tensor; null for an input or a constant.</summary>
    public OnnxNode? Maker(string tensor) => _makers.TryGetValue(tensor, out var index) ? _file.Nodes[index] : null;

    /// <summary>The tensor that a person means: by its own name, or by that of the node which makes it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="Errors.InvalidInputException">There is none, or it does not depend on the image.</exception>
    public string Find(string name, string field)
    {
        var tensor = _makers.ContainsKey(name) ? name : _file.Nodes.FirstOrDefault(node => node.Name == name)?.Outputs.FirstOrDefault(output => output.Length > 0);
        if (tensor is null)
        {
            // A stranger's names: as many and as long as a person might still look at.
            const int MostNames = 20_000, Longest = 200;
            var known = _ofImage.Concat(_file.Nodes.Select(node => node.Name)).Where(one => one.Length is > 0 and <= Longest).Distinct(StringComparer.Ordinal).Take(MostNames);
            throw _file.Refuse(NearNames.Unknown("node or tensor", name.Length > Longest ? name[..Longest] : name, known) + $" `dfreeze base show {_file.Path}` lists candidates", field);
        }

        return IsOfImage(tensor)
            ? tensor
            : throw _file.Refuse($"'{name}' does not depend on the image, so it is the same for every one; `dfreeze base show {_file.Path}` lists candidates", field);
    }

    /// <summary>Indices of the nodes that tensors are made by, from the first on.</summary>
    /// <param name="tensors">Names of tensors.</param>
    public SortedSet<int> NodesFor(params IEnumerable<string> tensors)
    {
        var nodes = new SortedSet<int>();
        var open = new Stack<string>(tensors);
        while (open.TryPop(out var tensor))
        {
            if (_makers.TryGetValue(tensor, out var index) && nodes.Add(index))
            {
                foreach (var need in _file.Nodes[index].Needs)
                {
                    open.Push(need);
                }
            }
        }

        return nodes;
    }

    /// <summary>Where a base ends if nobody says: before the last dense layer, or at the graph's first output where that is no dense layer's.</summary>
    /// <returns>The tensor, and the classifier that is left out; null for none.</returns>
    public (string Tensor, OnnxNode? Classifier) Default()
    {
        var output = _file.Outputs[0].Name;
        var tensor = output;
        var afterBias = false;
        while (Maker(tensor) is { IsStandard: true } node)
        {
            ImmutableArray<string> read = [.. node.Inputs.Where(IsOfImage)];
            if (read.Length != 1 || !node.Captured.IsEmpty)
            {
                break;
            }

            if (node.Operator == "Gemm" || (node.Operator == "MatMul" && afterBias))
            {
                return node.Inputs[0] == read[0] ? (read[0], node) : (output, null);
            }

            if (!PassedBy.Contains(node.Operator) && !(node.Operator == "Add" && !afterBias))
            {
                break;
            }

            afterBias |= node.Operator == "Add";
            tensor = read[0];
        }

        return (output, null);
    }

    /// <summary>Tensors that alone decide what the graph's first output is: where it falls into a part before and a part after, from the image on.</summary>
    public ImmutableArray<string> Cuts()
    {
        var output = _file.Outputs[0].Name;
        ImmutableArray<int> nodes = [.. NodesFor(output).Where(index => _file.Nodes[index].Outputs.Any(IsOfImage))];
        var lastReader = new Dictionary<string, int>(StringComparer.Ordinal) { [output] = nodes.Length };
        for (var place = 0; place < nodes.Length; place++)
        {
            foreach (var need in _file.Nodes[nodes[place]].Needs.Where(IsOfImage))
            {
                lastReader[need] = Math.Max(place, lastReader.GetValueOrDefault(need));
            }
        }

        var cuts = ImmutableArray.CreateBuilder<string>();
        var reach = _ofImage.Where(name => Maker(name) is null).Select(name => lastReader.GetValueOrDefault(name)).DefaultIfEmpty(0).Max();
        for (var place = 0; place < nodes.Length; place++)
        {
            ImmutableArray<string> wanted = [.. _file.Nodes[nodes[place]].Outputs.Where(name => lastReader.GetValueOrDefault(name) > place)];
            if (reach <= place && wanted.Length == 1)
            {
                cuts.Add(wanted[0]);
            }

            reach = wanted.Select(name => lastReader[name]).Append(reach).Max();
        }

        return cuts.DrainToImmutable();
    }
}
