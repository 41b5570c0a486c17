using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Weights;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>The network on ONNX Runtime against what PyTorch computed from the same weights and pixels.</summary>
public sealed class OnnxReferenceTests
{
    private const double Tolerance = 1e-3;

    [Fact]
    public void TheKerasGraph_GivesPyTorchsLogitsFeaturesAndChannelMeans()
    {
        var weightsFile = SharedFolder.Require("data/weights/resnet50_keras_v1.h5");
        var folder = SharedFolder.Require("data/weights/reference");
        using var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "reference.json")));
        var items = reference.RootElement.GetProperty("items").EnumerateArray().ToList();
        var table = LayerTable.For(NetworkGraph.KerasV1);
        using var weights = BaseWeights.Load(weightsFile, table, CPU);
        using var network = new NetworkState(weights);
        ImmutableArray<int> ends = [table["conv4_block6_out"].Index, table.Layers.Length];
        using var engine = PrefixEngines.Create(PrefixEngine.Onnx, new() { Table = table, Ends = ends, ImageSize = 224 }, network);
        using var block = engine.CreateBlock();
        Assert.InRange(items.Count, 1, PrefixEngines.BlockSize);
        var decoder = new ImageDecoder(224, ResizeMode.Stretch, 1_000_000);
        for (var i = 0; i < items.Count; i++)
        {
            var rgb = new byte[224 * 224 * 3];
            decoder.Read(Path.Combine(folder, items[i].GetProperty("file").GetString()!), rgb);
            Normalizer.ToTensorLayout(rgb, 224, Preprocessing.Torch, block.InputOf(i));
        }

        block.Evaluate();

        using var file = WeightsFile.Open(weightsFile);
        var (weight, bias) = (file.Read("predictions.weight"), file.Read("predictions.bias"));
        for (var i = 0; i < items.Count; i++)
        {
            var pooled = block.OutputOf(1, i).ToArray();
            var channels = block.OutputOf(0, i).ToArray().Chunk(14 * 14);
            AssertNear(items[i], "conv4_block6_out_channel_means", channels.Select(channel => channel.Average()));
            AssertNear(items[i], "pooled", pooled);
            AssertNear(items[i], "logits", weight.Chunk(pooled.Length).Zip(bias, (row, constant) => Dot(row, pooled) + constant));
        }
    }

    private static float Dot(float[] row, float[] features) => (float)row.Zip(features, (w, x) => (double)w * x).Sum();

    private static void AssertNear(JsonElement item, string property, IEnumerable<float> found)
    {
        var expected = item.GetProperty(property).EnumerateArray().Select(value => value.GetDouble()).ToList();
        var values = found.ToList();
        Assert.Equal(expected.Count, values.Count);
        Assert.All(expected.Zip(values), pair => Assert.InRange(pair.Second, pair.First - Tolerance, pair.First + Tolerance));
    }
}
