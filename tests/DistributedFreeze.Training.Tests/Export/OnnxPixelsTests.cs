using DistributedFreeze.Data;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Export;

public sealed class OnnxPixelsTests
{
    private const int Size = 16;

    static OnnxPixelsTests() => OnnxTelemetry.TurnOff();

    [Theory]
    [InlineData(Preprocessing.Caffe)]
    [InlineData(Preprocessing.Torch)]
    [InlineData(Preprocessing.Tf)]
    public void EveryByte_BecomesWhatItIsInTraining(Preprocessing preprocessing)
    {
        // 256 pixels, and in each channel every byte once, in another order.
        var pixels = Enumerable.Range(0, Size * Size).SelectMany(i => new[] { (byte)i, (byte)(255 - i), (byte)(i * 7) }).ToArray();
        var expected = new float[pixels.Length];
        Normalizer.ToTensorLayout(pixels, Size, preprocessing, expected);
        var graph = new OnnxGraph("pixels");
        graph.AddInput("images", OnnxType.Byte, OnnxGraph.AnyNumber, Size, Size, 3);
        OnnxPixels.Add(graph, "images", preprocessing, "input");
        graph.AddOutput("input", OnnxGraph.AnyNumber, 3, Size, Size);

        using var session = new InferenceSession(graph.ToArray());
        using var images = OrtValue.CreateTensorValueFromMemory<byte>([.. pixels, .. pixels], [2, Size, Size, 3]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["images"], [images], ["input"]);

        Assert.Equal([.. expected, .. expected], outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }
}
