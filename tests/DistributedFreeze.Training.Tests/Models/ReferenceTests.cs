using System.Text.Json;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Weights;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>The network against what PyTorch computed from the same weights and pixels.</summary>
public sealed class ReferenceTests
{
    private const double Tolerance = 1e-3;

    [Fact]
    public void TheKerasGraph_GivesPyTorchsLogitsFeaturesAndChannelMeans()
    {
        var weightsFile = SharedFolder.Require("data/weights/resnet50_keras_v1.h5");
        var folder = SharedFolder.Require("data/weights/reference");
        using var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "reference.json")));
        var table = LayerTable.For(NetworkGraph.KerasV1);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var weights = BaseWeights.Load(weightsFile, table, CPU);
        using var network = new NetworkState(weights);
        var stage4 = new NetworkSegment(table, 0, table["conv4_block6_out"].Index);
        var rest = new NetworkSegment(table, table["conv4_block6_out"].Index, table.Layers.Length);
        var decoder = new ImageDecoder(224, ResizeMode.Stretch, 1_000_000);

        foreach (var item in reference.RootElement.GetProperty("items").EnumerateArray())
        {
            var features = stage4.Evaluate(Input(decoder, Path.Combine(folder, item.GetProperty("file").GetString()!)), network);
            var pooled = rest.Evaluate(features, network);
            var logits = nn.functional.linear(pooled, Classifier(weightsFile, "weight", [1000, 2048]), Classifier(weightsFile, "bias", [1000]));

            AssertNear(item, "conv4_block6_out_channel_means", features.mean([2, 3]));
            AssertNear(item, "pooled", pooled);
            AssertNear(item, "logits", logits);
        }
    }

    private static Tensor Input(ImageDecoder decoder, string path)
    {
        var rgb = new byte[224 * 224 * 3];
        decoder.Read(path, rgb);
        var chw = new float[rgb.Length];
        Normalizer.ToTensorLayout(rgb, 224, Preprocessing.Torch, chw);
        return tensor(chw, [1, 3, 224, 224]);
    }

    private static Tensor Classifier(string path, string part, long[] shape)
    {
        using var file = WeightsFile.Open(path);
        return tensor(file.Read($"predictions.{part}"), shape);
    }

    private static void AssertNear(JsonElement item, string property, Tensor found)
    {
        var expected = item.GetProperty(property).EnumerateArray().Select(value => value.GetDouble()).ToArray();
        var values = found.data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        Assert.All(expected.Zip(values), pair => Assert.InRange(pair.Second, pair.First - Tolerance, pair.First + Tolerance));
    }
}
