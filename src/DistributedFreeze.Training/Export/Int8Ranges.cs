using DistributedFreeze.Errors;
using DistributedFreeze.Inference;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;
using DistributedFreeze.Training.Onnx.Int8;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Export;

/// <summary>Between which values a network's activations lay on some images, from which 8 bits follow for each.</summary>
/// <remarks>The least and the greatest of all images, as ONNX Runtime's static quantisation takes them by default (CalibrationMethod.MinMax). Immutable.</remarks>
public sealed class Int8Ranges
{
    private Int8Ranges(Dictionary<string, ActivationRange> ranges, int images) => (Ranges, Images) = (ranges, images);

    /// <summary>How many images were looked at.</summary>
    public int Images { get; }

    internal IReadOnlyDictionary<string, ActivationRange> Ranges { get; }

    /// <summary>Refuses a network that has no such form.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">Its base is an ONNX model.</exception>
    public static void Require(RunSpec spec, string field)
    {
        if (spec.Model.Base is not null)
        {
            throw new InvalidInputException(field, "is for a base of the ResNet family, and this run's is an ONNX model, which its own tools quantise");
        }
    }

    /// <summary>Computes images and looks at every activation that will have 8 bits.</summary>
    /// <param name="network">The network; <see cref="Require"/> has accepted it.</param>
    /// <param name="images">Each image's pixels, (height, width, 3) bytes of red, green and blue; at least one. The model decides nothing about them, so they should be such as it will see.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="InvalidInputException">A file of weights is damaged.</exception>
    /// <exception cref="InferenceException">ONNX Runtime does not load on this host, or refuses.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Int8Ranges Of(TrainedNetwork network, IEnumerable<byte[]> images, CancellationToken cancellationToken)
    {
        var (model, tensors) = Model(network);
        var ranges = tensors.ToDictionary(name => name, _ => new ActivationRange(0, 0), StringComparer.Ordinal);
        var size = network.Spec.Data.ImageSize;
        OnnxLibrary.Version(); // a missing library is no fault of the network
        using var quiet = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var session = OnnxLibrary.Call(() => new InferenceSession(model, quiet));
        using var options = new RunOptions();
        var count = 0;
        foreach (var image in images)
        {
            cancellationToken.ThrowIfCancellationRequested();
            OnnxLibrary.Call(() =>
            {
                using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, image.AsMemory(), [1, size, size, 3]);
                using var outputs = session.Run(options, [ClassifierModel.InputName], [input], tensors);
                foreach (var (position, name) in tensors.Index())
                {
                    ranges[name] = ranges[name].With(outputs[position].GetTensorDataAsSpan<float>());
                }

                return true;
            });
            count++;
        }

        ArgumentOutOfRangeException.ThrowIfZero(count, nameof(images));
        return new(ranges, count);
    }

    /// <summary>The network in floats, with an output for everything that will have 8 bits.</summary>
    private static (byte[] Model, List<string> Tensors) Model(TrainedNetwork network)
    {
        var size = network.Spec.Data.ImageSize;
        var graph = new OnnxGraph("ranges");
        OnnxPixels.AddInput(graph, network, images: 1);
        var floats = new FloatTensors(graph);
        network.Base.AddTo(graph, network.Read, floats);
        var indexes = network.Table.Layers.ToDictionary(layer => layer.Name, layer => layer.Index, StringComparer.Ordinal);
        List<string> tensors = [.. floats.AllRead];
        foreach (var tensor in tensors)
        {
            graph.AddOutput(tensor, OnnxSegment.ShapeOf(network.Table, indexes[tensor], 1, size).AsSpan());
        }

        return (graph.ToArray(), tensors);
    }
}
