using DistributedFreeze.Inference;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;

namespace DistributedFreeze.Training.Export;

/// <summary>Pixels to network input as ONNX nodes, with the single-precision steps of <see cref="Data.Normalizer"/>, so to the last bit its values.</summary>
internal static class OnnxPixels
{
    /// <summary>Adds a network's input of pixels, and what makes of them its own.</summary>
    /// <param name="graph">Receives both.</param>
    /// <param name="network">The network.</param>
    /// <param name="images">Images at a time; <see cref="OnnxGraph.AnyNumber"/> for any.</param>
    public static void AddInput(OnnxGraph graph, TrainedNetwork network, long images)
    {
        var size = network.Spec.Data.ImageSize;
        graph.AddInput(ClassifierModel.InputName, OnnxType.Byte, images, size, size, 3);
        Add(graph, ClassifierModel.InputName, network.Preprocessing, network.Base.InputName);
    }

    /// <param name="graph">Receives the nodes.</param>
    /// <param name="pixels">(N, height, width, 3) bytes: red, green, blue.</param>
    /// <param name="preprocessing">How pixels become input.</param>
    /// <param name="output">Name that the input gets: (N, 3, height, width) floats.</param>
    public static void Add(OnnxGraph graph, string pixels, Preprocessing preprocessing, string output)
    {
        graph.AddNode("Cast", [pixels], "pixels.float", OnnxSetting.Whole("to", (long)OnnxType.Real));
        graph.AddNode("Transpose", ["pixels.float"], "pixels.planes", new OnnxSetting("perm", 0, 3, 1, 2));
        switch (preprocessing)
        {
            case Preprocessing.Caffe:
                graph.AddConstant("pixels.bgr", 2L, 1L, 0L);
                graph.AddNode("Gather", ["pixels.planes", "pixels.bgr"], "pixels.turned", OnnxSetting.Whole("axis", 1));
                PerPlane(graph, "Sub", "pixels.turned", "pixels.mean", [103.939f, 116.779f, 123.68f], output);
                break;
            case Preprocessing.Torch:
                PerPlane(graph, "Div", "pixels.planes", "pixels.range", [255f, 255f, 255f], "pixels.unit");
                PerPlane(graph, "Sub", "pixels.unit", "pixels.mean", [0.485f, 0.456f, 0.406f], "pixels.centred");
                PerPlane(graph, "Div", "pixels.centred", "pixels.deviation", [0.229f, 0.224f, 0.225f], output);
                break;
            case Preprocessing.Tf:
                PerPlane(graph, "Div", "pixels.planes", "pixels.half_range", [127.5f, 127.5f, 127.5f], "pixels.scaled");
                PerPlane(graph, "Sub", "pixels.scaled", "pixels.one", [1f, 1f, 1f], output);
                break;
            case Preprocessing.Unit:
                PerPlane(graph, "Div", "pixels.planes", "pixels.range", [255f, 255f, 255f], output);
                break;
            case Preprocessing.Raw:
                graph.AddNode("Identity", ["pixels.planes"], output);
                break;
            case Preprocessing.Clip:
                PerPlane(graph, "Div", "pixels.planes", "pixels.range", [255f, 255f, 255f], "pixels.unit");
                PerPlane(graph, "Sub", "pixels.unit", "pixels.mean", [0.48145466f, 0.4578275f, 0.40821073f], "pixels.centred");
                PerPlane(graph, "Div", "pixels.centred", "pixels.deviation", [0.26862954f, 0.26130258f, 0.27577711f], output);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(preprocessing), preprocessing, "Unknown preprocessing.");
        }
    }

    private static void PerPlane(OnnxGraph graph, string operation, string input, string constant, float[] values, string output)
    {
        graph.AddConstant(constant, [1, 3, 1, 1], values.CopyTo);
        graph.AddNode(operation, [input, constant], output);
    }
}
