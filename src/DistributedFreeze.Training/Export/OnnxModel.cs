using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Training.Onnx;
using DistributedFreeze.Training.Runs;

namespace DistributedFreeze.Training.Export;

/// <summary>Writes a trained network as an ONNX model that takes pixels and gives probabilities.</summary>
/// <remarks>
/// What comes before the network is in the model, so that whoever uses it needs to know nothing of means and channel orders: (N, height,
/// width, 3) bytes of red, green and blue go in, (N, classes) probabilities come out. Tensors are the trained ones, unchanged; a runtime
/// folds batch norms for itself. Metadata name the classes, how an image becomes square, and where the model comes from.
/// </remarks>
public static class OnnxModel
{
    /// <summary>Name of the input.</summary>
    public const string InputName = "images";

    /// <summary>Name of the output.</summary>
    public const string OutputName = "probabilities";

    /// <summary>Key of the metadata's class names: a JSON array in the order of the outputs.</summary>
    public const string ClassesKey = "classes";

    /// <summary>Key of the metadata's resize mode: <c>stretch</c>, <c>crop</c> or <c>imagenet</c>.</summary>
    public const string ResizeKey = "resize";

    /// <summary>Key of the metadata's use of colour profiles: <c>ignore</c> or <c>apply</c>. A model without it applied them.</summary>
    public const string ColorProfilesKey = "colorProfiles";

    /// <summary>Key of the metadata's limit of pixels that an image file may have. A model without it had the default.</summary>
    public const string MaxPixelsKey = "maxPixels";

    /// <summary>Key of the metadata's hash over the tensors that trained: which run's model it is.</summary>
    public const string ModelSha256Key = "modelSha256";

    /// <summary>Writes the model; the file is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <returns>Length of the file in bytes.</returns>
    /// <exception cref="Errors.InvalidInputException">A file of weights is damaged.</exception>
    /// <exception cref="IOException">The disk is full or fails, or there is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static long Write(string path, TrainedNetwork network)
    {
        var graph = Graph(network);
        AtomicFile.Write(path, graph.WriteTo);
        return new FileInfo(path).Length;
    }

    /// <returns>What <see cref="Write"/> would write.</returns>
    /// <exception cref="Errors.InvalidInputException">A file of weights is damaged.</exception>
    internal static byte[] ToArray(TrainedNetwork network) => Graph(network).ToArray();

    private static OnnxGraph Graph(TrainedNetwork network)
    {
        var (table, size) = (network.Table, network.Spec.Data.ImageSize);
        var graph = new OnnxGraph("resnet50");
        graph.AddInput(InputName, OnnxType.Byte, OnnxGraph.AnyNumber, size, size, 3);
        OnnxPixels.Add(graph, InputName, network.Preprocessing, OnnxSegment.NameOf(table, 0));
        var pooled = new OnnxSegment(graph, table, start: 0, BatchNormForm.Separate, network.Read).Add(table.Layers.Length);
        graph.AddNode("Softmax", [AddHead(graph, network, pooled)], OutputName, OnnxSetting.Whole("axis", 1));
        graph.AddOutput(OutputName, OnnxGraph.AnyNumber, network.Receipt.Classes.Length);
        AddMetadata(graph, network);
        return graph;
    }

    private static string AddHead(OnnxGraph graph, TrainedNetwork network, string pooled)
    {
        var x = pooled;
        foreach (var layer in network.Head.Layers)
        {
            foreach (var tensor in layer.Tensors)
            {
                graph.AddConstant(tensor.Name, tensor.Shape.AsSpan(), values => network.Read(tensor, values));
            }

            graph.AddNode("Gemm", [x, $"{layer.Name}.weight", $"{layer.Name}.bias"], layer.Name, OnnxSetting.Whole("transB", 1));
            x = layer.Name;
            if (layer != network.Head.Layers[^1])
            {
                x = $"{layer.Name}.relu";
                graph.AddNode("Relu", [layer.Name], x);
            }
        }

        return x;
    }

    private static void AddMetadata(OnnxGraph graph, TrainedNetwork network)
    {
        var receipt = network.Receipt;
        graph.AddMetadata(ClassesKey, JsonSerializer.Serialize(receipt.Classes));
        graph.AddMetadata(ResizeKey, JsonNamingPolicy.KebabCaseLower.ConvertName(network.Spec.Data.Resize.ToString()));
        graph.AddMetadata(ColorProfilesKey, JsonNamingPolicy.KebabCaseLower.ConvertName(network.Spec.Data.ColorProfiles.ToString()));
        graph.AddMetadata(MaxPixelsKey, network.Spec.Data.MaxPixels.ToString(CultureInfo.InvariantCulture));
        graph.AddMetadata("preprocessing", JsonNamingPolicy.KebabCaseLower.ConvertName(network.Preprocessing.ToString()));
        graph.AddMetadata("run", receipt.RunId);
        graph.AddMetadata(ModelSha256Key, receipt.ModelSha256);
        graph.AddMetadata("baseSha256", receipt.BaseSha256);
        if (receipt.TestAccuracy is { } accuracy)
        {
            graph.AddMetadata("testAccuracy", accuracy.ToString("R", CultureInfo.InvariantCulture));
        }
    }
}
