namespace DistributedFreeze.Training.Onnx.Int8;

/// <summary>Activations as bytes and kernels as signed bytes, in the form from which a runtime makes operators on whole numbers.</summary>
/// <remarks>
/// Around each operator stand DequantizeLinear and, behind it, QuantizeLinear, which ONNX Runtime and other runtimes fuse with it (onnxruntime.ai, Quantize ONNX models:
/// "tensor oriented (QDQ)"). A ReLU needs no step of its own: nothing below zero has one. Source of the form of DequantizeLinear with an axis: operator set 13.
/// </remarks>
/// <param name="graph">Receives nodes and constants.</param>
/// <param name="ranges">Between which values each tensor lies that nodes read.</param>
internal sealed class Int8Tensors(OnnxGraph graph, IReadOnlyDictionary<string, ActivationRange> ranges) : IGraphTensors
{
    private readonly Dictionary<string, string> _sources = [];
    private readonly HashSet<string> _added = [];
    private readonly HashSet<string> _parameters = [];

    /// <inheritdoc/>
    public string Read(string name)
    {
        var (quantized, dequantized) = ($"{name}.quantized", $"{name}.dequantized");
        if (_added.Add(name))
        {
            var source = _sources.GetValueOrDefault(name, name);
            var (scale, zero) = ($"{source}.scale", $"{source}.zero_point");
            if (_parameters.Add(source))
            {
                var range = ranges[source];
                graph.AddConstant(scale, [], values => values[0] = range.Scale);
                graph.AddConstant(zero, [], OnnxType.Byte, sizeof(byte), stream => stream.WriteByte(range.ZeroPoint));
            }

            graph.AddNode("QuantizeLinear", [name, scale, zero], quantized);
            graph.AddNode("DequantizeLinear", [quantized, scale, zero], dequantized);
        }

        return dequantized;
    }

    /// <inheritdoc/>
    public void IsPartOf(string name, string source) => _sources[name] = _sources.GetValueOrDefault(source, source);

    /// <inheritdoc/>
    public (string Kernels, string Biases) Add(string name, string input, ReadOnlySpan<long> shape, FoldedConvolution numbers)
    {
        var scales = new ChannelScales(numbers, shape, ranges[_sources.GetValueOrDefault(input, input)].Scale);
        var channels = (int)shape[0];
        var elements = checked(channels * (int)(shape[1] * shape[2] * shape[3]));
        return (
            Constant($"{name}.kernels", shape, OnnxType.SignedByte, elements * sizeof(sbyte), new byte[channels * sizeof(sbyte)], scales.WriteKernels, scales.Kernels),
            Constant($"{name}.biases", [channels], OnnxType.Int, channels * sizeof(int), new byte[channels * sizeof(int)], scales.WriteBiases, scales.Biases));
    }

    /// <param name="name">Its name.</param>
    /// <param name="shape">Its sizes, channels first.</param>
    /// <param name="type">Type of its steps.</param>
    /// <param name="length">Bytes of its steps.</param>
    /// <param name="zeros">The step that stands for 0 in each channel: it is optional in ONNX, and not for every runtime.</param>
    /// <param name="write">Writes its steps.</param>
    /// <param name="scales">What a step is worth in each channel.</param>
    private string Constant(string name, ReadOnlySpan<long> shape, OnnxType type, int length, byte[] zeros, Action<Stream> write, float[] scales)
    {
        var (quantized, scale, zero) = ($"{name}.quantized", $"{name}.scale", $"{name}.zero_point");
        graph.AddConstant(quantized, shape, type, length, write);
        graph.AddConstant(scale, [scales.Length], scales.CopyTo);
        graph.AddConstant(zero, [scales.Length], type, zeros.Length, stream => stream.Write(zeros));
        graph.AddNode("DequantizeLinear", [quantized, scale, zero], name, OnnxSetting.Whole("axis", 0));
        return name;
    }
}
