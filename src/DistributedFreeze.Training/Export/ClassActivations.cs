using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Training.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Export;

/// <summary>Says which places of an image speak for a class, and which against it.</summary>
/// <remarks>
/// <para>
/// Class activation mapping (Zhou et al., CVPR 2016): features are the means of the last layer's maps, so with a head of one dense layer the weights of a class times the maps
/// are a map whose mean, plus the bias, is that class's logit. It is exact, whatever of the base was trained. Where the head reads several layers, their maps are added up at the places of the finest.
/// </para>
/// <para>
/// With hidden layers in the head the weights are the gradient of the logit at the image's features (Grad-CAM; Selvaraju et al., ICCV 2017, without its ReLU). ReLU layers are
/// linear around an image, so mean plus offset is the logit there, too; how the map would change with the image it does not say.
/// </para>
/// <para>Thread-safe but for disposing.</para>
/// </remarks>
public sealed class ClassActivations : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly ImageDecoder _decoder;
    private readonly string[] _maps;
    private readonly Dense[] _head;

    private ClassActivations(TrainedNetwork network)
    {
        var size = network.Spec.Data.ImageSize;
        var graph = new OnnxGraph(network.Base.Name);
        OnnxPixels.AddInput(graph, network, images: 1);
        network.Base.AddTo(graph, network.Read);
        _maps = [.. network.Table.HeadInputs.Select(layer => layer.Name)];
        foreach (var layer in network.Table.HeadInputs)
        {
            graph.AddOutput(layer.Name, OnnxSegment.ShapeOf(network.Table, layer.Index, 1, size).AsSpan());
        }

        OnnxLibrary.Version(); // a missing library is no fault of the network
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        _session = OnnxLibrary.Call(() => new InferenceSession(graph.ToArray(), options));
        _decoder = new(network.Spec.Data);
        _head = [.. network.Head.Layers.Select(layer => new Dense(layer, network))];
    }

    /// <summary>Whether the maps follow from the head's weights alone; else they are a gradient.</summary>
    public bool AreExact => _head.Length == 1;

    /// <summary>Takes a network.</summary>
    /// <param name="network">The network; it is no longer needed afterwards.</param>
    /// <returns>Null where its base is an ONNX model, which may have no maps.</returns>
    /// <exception cref="Errors.InvalidInputException">A file of weights is damaged.</exception>
    /// <exception cref="InferenceException">ONNX Runtime does not load on this host.</exception>
    public static ClassActivations? Of(TrainedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Spec.Model.Base is null ? new(network) : null;
    }

    /// <summary>Computes a map.</summary>
    /// <param name="image">The image file, or what else holds it.</param>
    /// <param name="number">Number of the class, in the order of the network's outputs.</param>
    /// <exception cref="Errors.InvalidInputException">The file cannot be read as an image.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    /// <exception cref="InferenceException">ONNX Runtime refuses.</exception>
    public ActivationMap Map(ImageContent image, int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, _head[^1].Outputs);
        var pixels = new byte[_decoder.Size * _decoder.Size * 3];
        _decoder.Read(image, pixels);
        return OnnxLibrary.Call(() =>
        {
            using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, pixels.AsMemory(), [1, _decoder.Size, _decoder.Size, 3]);
            using var outputs = _session.Run(_options, [ClassifierModel.InputName], [input], _maps);
            return Map([.. outputs.Select(LayerMaps.Of)], number);
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    /// <summary>Adds up what each layer's maps say, at the places of the finest.</summary>
    private ActivationMap Map(LayerMaps[] layers, int number)
    {
        var (weights, logit) = Gradient([.. layers.SelectMany(layer => layer.Means())], number);
        var (width, height) = (layers.Max(layer => layer.Width), layers.Max(layer => layer.Height));
        var values = new double[width * height];
        var first = 0;
        foreach (var layer in layers)
        {
            layer.AddTo(values, width, height, weights.AsSpan(first, layer.Channels));
            first += layer.Channels;
        }

        return new(width, height, [.. values.Select(value => (float)value)], logit, logit - values.Average());
    }

    /// <summary>The logit of a class, and by how much it changes with each feature.</summary>
    private (double[] Weights, double Logit) Gradient(double[] features, int number)
    {
        var layers = new List<double[]> { features };
        foreach (var (index, layer) in _head.Index())
        {
            var sums = layer.Forward(layers[^1]);
            layers.Add(index == _head.Length - 1 ? sums : [.. sums.Select(sum => Math.Max(sum, 0))]);
        }

        var gradient = new double[_head[^1].Outputs];
        gradient[number] = 1;
        for (var index = _head.Length - 1; index >= 0; index--)
        {
            gradient = _head[index].Backward(gradient);
            if (index > 0)
            {
                gradient = [.. gradient.Zip(layers[index], (slope, value) => value > 0 ? slope : 0)];
            }
        }

        return (gradient, layers[^1][number]);
    }

    /// <summary>A dense layer with its numbers, (outputs, inputs) row-major.</summary>
    private sealed class Dense
    {
        private readonly float[] _weight;
        private readonly float[] _bias;

        public Dense(DenseLayer layer, TrainedNetwork network)
        {
            var (weight, bias) = (layer.Tensors[0], layer.Tensors[1]);
            (_weight, _bias) = (new float[weight.Shape.Aggregate(1L, (product, size) => product * size)], new float[bias.Shape[0]]);
            network.Read(weight, _weight);
            network.Read(bias, _bias);
        }

        public int Outputs => _bias.Length;

        private int Inputs => _weight.Length / _bias.Length;

        public double[] Forward(double[] inputs)
        {
            var outputs = new double[Outputs];
            for (var output = 0; output < outputs.Length; output++)
            {
                var sum = (double)_bias[output];
                for (var input = 0; input < inputs.Length; input++)
                {
                    sum += _weight[(output * inputs.Length) + input] * inputs[input];
                }

                outputs[output] = sum;
            }

            return outputs;
        }

        /// <summary>From slopes of the outputs to slopes of the inputs.</summary>
        public double[] Backward(double[] slopes)
        {
            var back = new double[Inputs];
            for (var output = 0; output < slopes.Length; output++)
            {
                for (var input = 0; slopes[output] != 0 && input < back.Length; input++)
                {
                    back[input] += slopes[output] * _weight[(output * back.Length) + input];
                }
            }

            return back;
        }
    }
}
