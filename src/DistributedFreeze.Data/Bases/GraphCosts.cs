using System.Collections.Immutable;

namespace DistributedFreeze.Data.Bases;

/// <summary>What parts of a graph store and compute for one image.</summary>
/// <remarks>Multiply-adds are those of convolutions and matrix products, as everywhere here; what other operators multiply is not known, and said so. Immutable.</remarks>
internal sealed class GraphCosts
{
    /// <summary>Products of which shapes are asked: far more than networks have.</summary>
    private const int MostProducts = 20_000;

    /// <summary>Operators that multiply in ways that are not counted here.</summary>
    private static readonly ImmutableHashSet<string> Uncounted =
    [
        "Einsum", "LSTM", "GRU", "RNN", "Loop", "If", "Scan", "Attention", "ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "DeformConv",
    ];

    private readonly OnnxFile _file;
    private readonly GraphWalk _walk;
    private readonly Dictionary<int, long> _products = [];
    private readonly ImmutableArray<(int Node, string Output, string Weight, string Input)> _asked;

    /// <param name="file">The model.</param>
    /// <param name="walk">What follows from what in it.</param>
    /// <param name="nodes">The nodes whose costs may be asked.</param>
    public GraphCosts(OnnxFile file, GraphWalk walk, IEnumerable<int> nodes)
    {
        (_file, _walk) = (file, walk);
        _asked =
        [
            .. nodes.Where(index => IsProduct(file.Nodes[index]) && file.Nodes[index].Outputs.Any(walk.IsOfImage))
                .Select(index => (index, file.Nodes[index].Outputs[0], file.Nodes[index].Inputs[1], file.Nodes[index].Inputs[0])).Take(MostProducts + 1),
        ];
        _asked = _asked.Length > MostProducts ? [] : _asked;
    }

    /// <summary>Tensors of which shapes are needed.</summary>
    public IEnumerable<string> Tensors => _asked.SelectMany(product => (string[])[product.Output, product.Weight, product.Input])
        .Where(name => !_file.Constants.ContainsKey(name) && _walk.Maker(name) is not null).Distinct(StringComparer.Ordinal);

    /// <summary>Takes the shapes that were found.</summary>
    /// <param name="shapes">By tensor.</param>
    /// <param name="batch">Images at a time that they are of.</param>
    public void Take(IReadOnlyDictionary<string, ImmutableArray<long>> shapes, int batch)
    {
        foreach (var (index, output, weight, input) in _asked)
        {
            if (Shape(output) is { } made && Shape(weight) is { } kernel && Count(_file.Nodes[index].Operator, made, kernel, Shape(input)) is { } all)
            {
                _products[index] = (long)(all / batch);
            }
        }

        ImmutableArray<long>? Shape(string name) =>
            _file.Constants.TryGetValue(name, out var constant) ? constant.Shape : shapes.TryGetValue(name, out var found) ? found : null;
    }

    /// <summary>Numbers of the constants that nodes read.</summary>
    public long ParametersOf(IReadOnlyCollection<int> nodes) => nodes.Sum(index => _file.Nodes[index].OwnWeights) + nodes.SelectMany(index => _file.Nodes[index].Needs).Distinct(StringComparer.Ordinal)
        .Select(_file.Constants.GetValueOrDefault).OfType<OnnxTensor>().Where(tensor => tensor.IsWeight).Sum(tensor => Math.Min(tensor.Elements, int.MaxValue));

    /// <summary>Multiply-adds of nodes for one image.</summary>
    /// <returns>Null where some of them are not known.</returns>
    public long? MultiplyAddsOf(IReadOnlyCollection<int> nodes) =>
        UncountedOf(nodes).IsEmpty ? nodes.Sum(index => _products.GetValueOrDefault(index)) : null;

    /// <summary>Operators among nodes that multiply in ways that are not counted.</summary>
    public ImmutableArray<string> UncountedOf(IEnumerable<int> nodes) =>
    [
        .. nodes.Where(index => _file.Nodes[index].Outputs.Any(_walk.IsOfImage) && IsUncounted(index)).Select(index => _file.Nodes[index])
            .Select(node => node.IsStandard ? node.Operator : $"{node.Domain}:{node.Operator}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    private bool IsUncounted(int index)
    {
        var node = _file.Nodes[index];
        return !node.IsStandard || Uncounted.Contains(node.Operator) || (IsProduct(node) && !_products.ContainsKey(index));
    }

    private static bool IsProduct(OnnxNode node) =>
        node is { IsStandard: true, Operator: "Conv" or "ConvTranspose" or "MatMul" or "Gemm", Inputs.Length: >= 2, Outputs.Length: > 0 };

    /// <returns>For all images at a time; null where shapes are none of such a product.</returns>
    private static double? Count(string operation, ImmutableArray<long> output, ImmutableArray<long> weight, ImmutableArray<long>? input) => operation switch
    {
        // Each number of the output is a sum over the kernel's area and the channels of its group.
        "Conv" when output.Length >= 3 && weight.Length >= 3 => Product(output) * Product(weight) / weight[0],
        "ConvTranspose" when input is { Length: >= 3 } read && weight.Length >= 3 => Product(read) * Product(weight) / weight[0],
        "Gemm" when output.Length == 2 && weight.Length == 2 && output[1] > 0 => output[0] * Product(weight),
        "MatMul" when weight.Length >= 2 => Product(output) * weight[^2],
        "MatMul" when weight.Length == 1 => Product(output) * weight[0],
        _ => null,
    };

    private static double Product(ImmutableArray<long> shape) => shape.Aggregate(1.0, (product, size) => product * size);
}
