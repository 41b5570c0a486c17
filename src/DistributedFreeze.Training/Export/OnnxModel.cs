using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Inference;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;
using DistributedFreeze.Training.Onnx.Int8;

namespace DistributedFreeze.Training.Export;

/// <summary>Writes a trained network as an ONNX model that takes pixels and gives probabilities.</summary>
/// <remarks>
/// What comes before the network is in the model, so that whoever uses it needs to know nothing of means and channel orders: (N, height,
/// width, 3) bytes of red, green and blue go in, (N, classes) probabilities come out. Tensors are the trained ones, unchanged; a runtime
/// folds batch norms for itself. Metadata name the classes, how an image becomes square, and where the model comes from.
/// </remarks>
public static class OnnxModel
{
    /// <summary>Name of the output of <see cref="OnnxForm.Logits"/>.</summary>
    public const string LogitsName = "logits";

    /// <summary>Name of the second output of <see cref="OnnxForm.Features"/>.</summary>
    public const string FeaturesName = "features";

    /// <summary>Name of the input of <see cref="OnnxForm.Preprocessed"/>.</summary>
    public const string PreprocessedName = "input";

    /// <summary>Key of the metadata that name the layers whose channel means the head reads, as a list in JSON; not there where that is the last layer alone.</summary>
    internal const string HeadInputsKey = "headInputs";

    /// <summary>Writes the model; the file is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="form">What it takes and gives; null for pixels in and probabilities out.</param>
    /// <returns>Length of the file in bytes.</returns>
    /// <exception cref="Errors.InvalidInputException">A file of weights is damaged.</exception>
    /// <exception cref="IOException">The disk is full or fails, or there is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static long Write(string path, TrainedNetwork network, OnnxForm? form = null)
    {
        var graph = Graph(network, form ?? new());
        AtomicFile.Write(path, graph.WriteTo);
        return new FileInfo(path).Length;
    }

    /// <summary>Makes the model in memory.</summary>
    /// <param name="network">The network.</param>
    /// <param name="form">What it takes and gives; null for pixels in and probabilities out.</param>
    /// <returns>What <see cref="Write"/> would write.</returns>
    /// <exception cref="Errors.InvalidInputException">A file of weights is damaged.</exception>
    public static byte[] ToArray(TrainedNetwork network, OnnxForm? form = null) => Graph(network, form ?? new()).ToArray();

    private static OnnxGraph Graph(TrainedNetwork network, OnnxForm form)
    {
        var graph = new OnnxGraph(network.Base.Name);
        AddInput(graph, network, form);
        var pooled = network.Base.AddTo(graph, network.Read, form.Quantized is { } ranges ? new Int8Tensors(graph, ranges.Ranges) : null);
        var logits = AddHead(graph, network, pooled);
        if (form.Temperature is { } given)
        {
            logits = Divide(graph, logits, given);
        }

        var output = form.Logits ? LogitsName : ClassifierModel.OutputName;
        graph.AddNode(form.Logits ? "Identity" : "Softmax", [logits], output, form.Logits ? [] : [OnnxSetting.Whole("axis", 1)]);
        graph.AddOutput(output, network.Base.Batch, network.Receipt.Classes.Length);
        if (form.Features)
        {
            graph.AddNode("Identity", [pooled], FeaturesName);
            graph.AddOutput(FeaturesName, network.Base.Batch, network.Table.PooledFeatures);
        }

        AddMetadata(graph, network);
        foreach (var (key, value) in form.Metadata)
        {
            graph.AddMetadata(key, value);
        }

        return graph;
    }

    private static void AddInput(OnnxGraph graph, TrainedNetwork network, OnnxForm form)
    {
        if (form.Preprocessed)
        {
            var size = network.Spec.Data.ImageSize;
            graph.AddInput(PreprocessedName, network.Base.Batch, 3, size, size);
            graph.AddNode("Identity", [PreprocessedName], network.Base.InputName);
        }
        else
        {
            OnnxPixels.AddInput(graph, network, network.Base.Batch);
        }
    }

    private static string Divide(OnnxGraph graph, string logits, double temperature)
    {
        const string Divided = "calibrated";
        graph.AddConstant("temperature", [1], values => values[0] = (float)temperature);
        graph.AddNode("Div", [logits, "temperature"], Divided);
        graph.AddMetadata(ClassifierModel.TemperatureKey, temperature.ToString("R", CultureInfo.InvariantCulture));
        return Divided;
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
        graph.AddMetadata(ClassifierModel.ClassesKey, JsonSerializer.Serialize(receipt.Classes));
        graph.AddMetadata(ClassifierModel.ResizeKey, RunEnums.NameOf(network.Spec.Data.Resize));
        graph.AddMetadata(ClassifierModel.ColorProfilesKey, RunEnums.NameOf(network.Spec.Data.ColorProfiles));
        graph.AddMetadata(ClassifierModel.MaxPixelsKey, network.Spec.Data.MaxPixels.ToString(CultureInfo.InvariantCulture));
        graph.AddMetadata("preprocessing", RunEnums.NameOf(network.Preprocessing));
        if (network.Table != network.Table.Whole)
        {
            graph.AddMetadata(HeadInputsKey, JsonSerializer.Serialize(network.Table.HeadInputs.Select(layer => layer.Name)));
        }

        graph.AddMetadata("run", receipt.RunId);
        graph.AddMetadata(ClassifierModel.ModelSha256Key, receipt.ModelSha256);
        graph.AddMetadata("baseSha256", receipt.BaseSha256);
        if (receipt.TestAccuracy is { } accuracy)
        {
            graph.AddMetadata("testAccuracy", accuracy.ToString("R", CultureInfo.InvariantCulture));
        }
    }
}
