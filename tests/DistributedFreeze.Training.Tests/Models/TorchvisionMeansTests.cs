using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;
using DistributedFreeze.Training.Weights;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>What a head reads of several blocks, beside the outputs of torchvision's own modules, averaged by PyTorch.</summary>
[Slow]
public sealed class TorchvisionMeansTests : IDisposable
{
    private const int Images = 2;
    private const int Size = 64;

    private const string Script = """
        import sys, torch, torchvision
        torch.set_num_threads(1)
        torch.manual_seed(1)
        network = getattr(torchvision.models, sys.argv[1])().eval()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.data.uniform_(0.5, 1)
                module.bias.data.uniform_(-0.1, 0.1)
                module.running_mean.uniform_(-0.1, 0.1)
                module.running_var.uniform_(0.5, 1.5)
        torch.save(network.state_dict(), sys.argv[2])
        outputs = {}
        for name in sys.argv[3:]:
            network.get_submodule(name).register_forward_hook(lambda module, given, output, name=name: outputs.__setitem__(name, output))
        images = torch.sin(torch.arange(2 * 3 * 64 * 64, dtype=torch.float64) * 0.7).float().reshape(2, 3, 64, 64)
        with torch.no_grad():
            network(images)
        means = torch.cat([outputs[name].mean((2, 3)) for name in sys.argv[3:]], 1)
        print(" ".join(repr(float(mean)) for mean in means.flatten()))
        """;

    private readonly TemporaryFolder _folder = new();

    // Sessions are made here without OnnxLibrary.
    static TorchvisionMeansTests() => OnnxTelemetry.TurnOff();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ModelArchitecture.ResNet50, "conv3_block4_out,conv5_block3_out", "layer2.3", "layer4.2")]
    [InlineData(ModelArchitecture.ResNet18, "pool1_pool,conv2_block2_out,conv4_block1_out", "maxpool", "layer1.1", "layer3.0")]
    public void BothEngines_GiveTheMeansOfTorchvisionsModules(ModelArchitecture architecture, string inputs, params string[] modules)
    {
        var table = LayerTable.For(new ModelSpec { Architecture = architecture, Graph = NetworkGraph.TorchvisionV15, Head = new() { Inputs = [.. inputs.Split(',')] } });
        var path = _folder.In("network.pth");
        var answer = Python.Run("torch, torchvision", "python3-torchvision", Script, "", [table.Architecture.TorchvisionName, path, .. modules]);
        var expected = answer.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        var pixels = Enumerable.Range(0, Images * 3 * Size * Size).Select(i => (float)Math.Sin(i * 0.7)).ToArray();

        Assert.Equal(Images * table.PooledFeatures, expected.Length);
        AssertNear(expected, Torch(table, path, pixels));
        AssertNear(expected, Onnx(table, path, pixels));
    }

    private static float[] Torch(LayerTable table, string path, float[] pixels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var weights = BaseWeights.Load(path, table, CPU);
        return new NetworkSegment(table, 0, table.Layers.Length).Evaluate(tensor(pixels, [Images, 3, Size, Size]), new Frozen(weights)).data<float>().ToArray();
    }

    private static float[] Onnx(LayerTable table, string path, float[] pixels)
    {
        using var file = WeightsFile.Open(path);
        var graph = new OnnxGraph("base");
        graph.AddInput(OnnxSegment.NameOf(table, 0), [.. OnnxSegment.ShapeOf(table, 0, Images, Size)]);
        var pooled = new OnnxSegment(graph, table, 0, BatchNormForm.Folded, (tensor, values) => file.Read(tensor.Name, values)).Add(table.Layers.Length);
        graph.AddOutput(pooled, [.. OnnxSegment.ShapeOf(table, table.Layers.Length, Images, Size)]);
        using var session = new InferenceSession(graph.ToArray());
        using var value = OrtValue.CreateTensorValueFromMemory(pixels, [Images, 3, Size, Size]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, [OnnxSegment.NameOf(table, 0)], [value], [pooled]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static void AssertNear(double[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, expected.Max(Math.Abs))));
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
}
