using DistributedFreeze.Freezing;
using DistributedFreeze.Inference;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Runs;
using Microsoft.ML.OnnxRuntime;
using SkiaSharp;

namespace DistributedFreeze.Training.Export;

/// <summary>An exported model, evaluated by ONNX Runtime on image files, beside what the run said of itself.</summary>
[Slow]
public sealed class OnnxModelTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    [Theory]
    [InlineData(NetworkGraph.KerasV1, ResizeMode.Stretch, BatchNormMode.Train)]
    [InlineData(NetworkGraph.TorchvisionV15, ResizeMode.Crop, BatchNormMode.Inference)]
    [InlineData(NetworkGraph.TorchvisionV15, ResizeMode.Imagenet, BatchNormMode.Inference)]
    public async Task OnTheTestImages_ItComesToTheLossAndAccuracyOfTheReceipt(NetworkGraph graph, ResizeMode resize, BatchNormMode batchNorm)
    {
        Widen();
        var spec = HeadThenLastLayersThenHead(graph, resize, batchNorm);
        var receipt = (await LocalRun.RunAsync(spec, 1)).Receipt!;
        Assert.NotInRange(receipt.TestLoss!.Value, 1.3, 1.45); // ln 4 = 1.39 comes of answers that know nothing

        using var classifier = ImageClassifier.Open(Export(spec.Output, _runs.In("model.onnx")));

        var scores = receipt.Classes.SelectMany((name, label) => Directory.EnumerateFiles(Path.Combine(_runs.Data, "test", name))
            .Select(path => (Label: label, Probabilities: classifier.Classify(path)))).ToList();
        Assert.Equal(receipt.Classes, classifier.Classes);
        Assert.Equal(receipt.TestImages, scores.Count);
        Assert.All(scores, score => Assert.Equal(1, score.Probabilities.Sum(), 1e-5));
        var loss = scores.Average(score => -Math.Log(score.Probabilities[score.Label]));
        Assert.Equal(receipt.TestLoss.Value, loss, 1e-4 * Math.Max(1, loss));
        var correct = scores.Count(score => score.Probabilities.IndexOf(score.Probabilities.Max()) == score.Label);
        Assert.Equal(receipt.TestAccuracy!.Value, (double)correct / scores.Count, 1e-9);
        RequireMaps(spec.Output, isLinear: false);
    }

    [Fact]
    public async Task TheMetadata_SayWhereTheModelComesFrom()
    {
        var spec = HeadOnly("run");
        var receipt = (await LocalRun.RunAsync(spec, 1)).Receipt!;

        using var session = new InferenceSession(Export(spec.Output, _runs.In("model.onnx")));

        var metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal((receipt.ModelSha256, receipt.BaseSha256), (metadata["modelSha256"], metadata["baseSha256"]));
        Assert.Equal("torch", metadata["preprocessing"]);
        Assert.Equal([-1, 48, 48, 3], session.InputMetadata[ClassifierModel.InputName].Dimensions);
        Assert.Equal([-1, 4], session.OutputMetadata[ClassifierModel.OutputName].Dimensions);
        RequireMaps(spec.Output, isLinear: true);
    }

    public void Dispose() => _runs.Dispose();

    /// <summary>Half as wide again as high, so that it shows how they become square.</summary>
    private void Widen()
    {
        foreach (var path in Directory.EnumerateFiles(_runs.Data, "*.png", SearchOption.AllDirectories))
        {
            using var bitmap = SKBitmap.Decode(path);
            using var wide = bitmap.Resize(new SKImageInfo(72, 48), SKSamplingOptions.Default);
            using var data = wide.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(path, data.ToArray());
        }
    }

    /// <summary>Means of class-activation maps and their offsets are the logits, whose probabilities the exported model gives; with a linear head the offset is the bias.</summary>
    private void RequireMaps(string folder, bool isLinear)
    {
        using var run = TrainedRun.Open(folder);
        using var network = TrainedNetwork.Open(run);
        using var activations = ClassActivations.Of(network)!;
        using var classifier = ImageClassifier.Of(OnnxModel.ToArray(network), "model");
        var bias = new float[classifier.Classes.Length];
        network.Read(network.Head.Layers[^1].Tensors[1], bias);

        Assert.Equal(isLinear, activations.AreExact);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(_runs.Data, "test"), "*.png", SearchOption.AllDirectories).Take(3))
        {
            var maps = classifier.Classes.Select((_, number) => activations.Map(path, number)).ToList();
            var powers = maps.Select(map => Math.Exp(map.Values.Average(value => (double)value) + map.Offset)).ToList();

            Assert.All(powers.Zip(classifier.Classify(path)), pair => Assert.Equal(pair.Second, pair.First / powers.Sum(), 1e-5));
            Assert.All(maps, map => Assert.Equal((2, 2), (map.Width, map.Height)));
            Assert.All(maps, map => Assert.NotEqual(map.Values[0], map.Values[3]));
            if (isLinear)
            {
                Assert.All(maps.Zip(bias), pair => Assert.Equal(pair.Second, pair.First.Offset, 1e-6));
            }
        }
    }

    /// <summary>The last phase freezes what the middle one trained: that, too, is in the model.</summary>
    private RunSpec HeadThenLastLayersThenHead(NetworkGraph graph, ResizeMode resize, BatchNormMode batchNorm)
    {
        var spec = _runs.TwoPhases("run");
        var adam = new OptimizerSpec { Kind = OptimizerKind.Adam, LearningRate = 1e-3 };
        return spec with
        {
            // Random weights make little of pixels that are not near 0: Caffe's are up to 150.
            Data = spec.Data with { Resize = resize, Preprocessing = graph == NetworkGraph.KerasV1 ? Preprocessing.Tf : Preprocessing.Torch },
            Model = new() { Graph = graph, Head = new() { Hidden = [64], Init = HeadInit.Glorot } },
            Phases =
            [
                new() { Epochs = 20, Optimizer = adam },
                new() { Epochs = 4, Optimizer = adam, Freeze = new FreezePolicy.LastLayers(10), BatchNorm = batchNorm },
                new() { Epochs = 1, Optimizer = adam },
            ],
        };
    }

    private RunSpec HeadOnly(string output)
    {
        var spec = _runs.TwoPhases(output);
        return spec with { Model = spec.Model with { Head = new() }, Phases = [spec.Phases[0] with { Epochs = 1 }] };
    }

    private static string Export(string folder, string path)
    {
        using var run = TrainedRun.Open(folder);
        using var network = TrainedNetwork.Open(run);
        var bytes = OnnxModel.Write(path, network);

        Assert.Equal(bytes, new FileInfo(path).Length);
        return path;
    }
}
