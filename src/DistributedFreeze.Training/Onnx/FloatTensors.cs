namespace DistributedFreeze.Training.Onnx;

/// <summary>Everything in floats; remembers what is read.</summary>
/// <param name="graph">Receives constants.</param>
internal sealed class FloatTensors(OnnxGraph graph) : IGraphTensors
{
    private readonly List<string> _read = [];
    private readonly HashSet<string> _parts = [];

    /// <summary>What nodes read, each once, in the order in which it was first read; without what is part of another tensor.</summary>
    public IEnumerable<string> AllRead => _read.Where(name => !_parts.Contains(name));

    /// <inheritdoc/>
    public string Read(string name)
    {
        if (!_read.Contains(name))
        {
            _read.Add(name);
        }

        return name;
    }

    /// <inheritdoc/>
    public void IsPartOf(string name, string source) => _parts.Add(name);

    /// <inheritdoc/>
    public (string Kernels, string Biases) Add(string name, string input, ReadOnlySpan<long> shape, FoldedConvolution numbers)
    {
        var (kernels, biases) = ($"{name}.folded_weight", $"{name}.folded_bias");
        graph.AddConstant(kernels, shape, numbers.WriteWeight);
        graph.AddConstant(biases, [shape[0]], numbers.WriteBias);
        return (kernels, biases);
    }
}
