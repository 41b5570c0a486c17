using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;
using DistributedFreeze.Training.Weights;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>Networks of the family against torchvision: the same file of weights, the same images, the same logits.</summary>
[Slow(seconds: 30)]
public sealed class TorchvisionFamilyTests : IDisposable
{
    private const int Images = 2;
    private const int Size = 32;
    private const int Classes = 10;
    private const double Tolerance = 1e-4;

    // Statistics of batch norms as training leaves them: with the first ones, zeros and ones, their place in the file would not matter.
    private const string Script = """
        import sys, torch, torchvision
        torch.set_num_threads(1)
        torch.manual_seed(1)
        network = getattr(torchvision.models, sys.argv[1])(num_classes=10)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.data.uniform_(0.5, 1)
                module.bias.data.uniform_(-0.1, 0.1)
                module.running_mean.uniform_(-0.1, 0.1)
                module.running_var.uniform_(0.5, 1.5)
        torch.save(network.state_dict(), sys.argv[2])
        images = torch.sin(torch.arange(2 * 3 * 32 * 32, dtype=torch.float64) * 0.7).float().reshape(2, 3, 32, 32)
        with torch.no_grad():
            print(" ".join(repr(float(logit)) for logit in network.eval()(images).flatten()))
        """;

    private readonly TemporaryFolder _folder = new();

    // Sessions are made here without OnnxLibrary.
    static TorchvisionFamilyTests() => OnnxTelemetry.TurnOff();

    public static TheoryData<ModelArchitecture> Family => [.. Enum.GetValues<ModelArchitecture>()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Family))]
    public void Both_engines_give_torchvisions_logits(ModelArchitecture architecture)
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, architecture);
        var path = _folder.In("network.pth");
        var answer = Python.Run("torch, torchvision", "python3-torchvision", Script, "", table.Architecture.TorchvisionName, path);
        var expected = answer.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        using var file = WeightsFile.Open(path);
        var pixels = Enumerable.Range(0, Images * 3 * Size * Size).Select(i => (float)Math.Sin(i * 0.7)).ToArray();

        AssertNear(expected, Logits(file.Read("predictions.weight"), file.Read("predictions.bias"), Torch(table, path, pixels)));
        AssertNear(expected, Logits(file.Read("predictions.weight"), file.Read("predictions.bias"), Onnx(table, (tensor, values) => file.Read(tensor.Name, values), pixels)));
    }

    private static float[] Torch(LayerTable table, string path, float[] pixels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var weights = BaseWeights.Load(path, table, CPU);
        return new NetworkSegment(table, 0, table.Layers.Length).Evaluate(tensor(pixels, [Images, 3, Size, Size]), new Frozen(weights)).data<float>().ToArray();
    }

    private sealed class Frozen(BaseWeights weights) : ILayerWeights
    {
        public Tensor this[string name] => weights[name];

        public bool TryGetBatchStatistics(string layer, [NotNullWhen(true)] out Tensor? mean, [NotNullWhen(true)] out Tensor? variance)
        {
            (mean, variance) = (null, null);
            return false;
        }
    }

    private static float[] Onnx(LayerTable table, TensorReader read, float[] pixels)
    {
        var graph = new OnnxGraph("base");
        graph.AddInput(OnnxSegment.NameOf(table, 0), [.. OnnxSegment.ShapeOf(table, 0, Images, Size)]);
        var pooled = new OnnxSegment(graph, table, 0, BatchNormForm.Folded, read).Add(table.Layers.Length);
        graph.AddOutput(pooled, [.. OnnxSegment.ShapeOf(table, table.Layers.Length, Images, Size)]);
        using var session = new InferenceSession(graph.ToArray());
        using var value = OrtValue.CreateTensorValueFromMemory(pixels, [Images, 3, Size, Size]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, [OnnxSegment.NameOf(table, 0)], [value], [pooled]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static double[] Logits(float[] weight, float[] bias, float[] features)
    {
        var channels = features.Length / Images;
        Assert.Equal(Classes * channels, weight.Length);
        return [.. Enumerable.Range(0, Images * Classes).Select(i => bias[i % Classes]
            + Enumerable.Range(0, channels).Sum(c => (double)weight[(i % Classes * channels) + c] * features[(i / Classes * channels) + c]))];
    }

    private static void AssertNear(double[] expected, double[] found)
    {
        var peak = expected.Max(Math.Abs);
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, Tolerance * peak));
    }
}
