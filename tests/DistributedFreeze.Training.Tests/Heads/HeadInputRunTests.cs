using DistributedFreeze.Inference;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;
using DistributedFreeze.Training.Onnx;
using DistributedFreeze.Training.Runs;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Heads;

/// <summary>Runs whose head reads several blocks, or an earlier one.</summary>
[Slow(seconds: 60)]
public sealed class HeadInputRunTests : IDisposable
{
    private const int Size = 48;

    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(PrefixEngine.Onnx)]
    [InlineData(PrefixEngine.Torch)]
    public async Task OnAnyNumberOfReplicas_WithTheCacheOrWithout_AndResumed_ItHasTheSameBits(PrefixEngine engine)
    {
        var models = new List<string>();
        foreach (var (replicas, cache) in ((int, FeatureCacheMode)[])[(1, FeatureCacheMode.Off), (2, FeatureCacheMode.On), (3, FeatureCacheMode.Auto), (4, FeatureCacheMode.Off)])
        {
            models.Add((await LocalRun.RunAsync(Spec($"on-{replicas}", engine, cache, "conv3_block4_out", "conv5_block3_out"), replicas)).Receipt!.ModelSha256);
        }

        var stopping = Spec("stopped", engine, FeatureCacheMode.On, "conv3_block4_out", "conv5_block3_out");
        var stopped = await LocalRun.RunAsync(stopping, 2, onEvent: (driver, happened) =>
        {
            if (happened is RunEvent.EpochDone)
            {
                driver.RequestStop();
            }
        });
        models.Add((await LocalRun.RunAsync(stopping, 3, resume: true)).Receipt!.ModelSha256);

        Assert.Equal(RunState.Interrupted, stopped.State);
        Assert.Single(models.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task TheLastLayerAlone_IsTheHeadOfAlways()
    {
        var always = (await LocalRun.RunAsync(Spec("always", PrefixEngine.Onnx, FeatureCacheMode.Off), 1)).Receipt!;
        var named = (await LocalRun.RunAsync(Spec("named", PrefixEngine.Onnx, FeatureCacheMode.Off, "conv5_block3_out"), 1)).Receipt!;

        Assert.Equal((always.ModelSha256, always.BaseSha256, always.MaskHash, always.TestLoss), (named.ModelSha256, named.BaseSha256, named.MaskHash, named.TestLoss));
    }

    /// <summary>The names lie in the network's order, whatever the spec's.</summary>
    [Fact]
    public async Task TheOrderOfTheNames_ChangesNothing()
    {
        var one = (await LocalRun.RunAsync(Spec("one", PrefixEngine.Onnx, FeatureCacheMode.Off, "conv3_block4_out", "conv5_block3_out"), 1)).Receipt!;
        var other = (await LocalRun.RunAsync(Spec("other", PrefixEngine.Onnx, FeatureCacheMode.Off, "conv5_block3_out", "conv3_block4_out"), 1)).Receipt!;

        Assert.Equal(one.ModelSha256, other.ModelSha256);
    }

    [Fact]
    public async Task ARunThatBeganWithOneOrder_GoesOnWithAnother()
    {
        var whole = (await LocalRun.RunAsync(Spec("whole", PrefixEngine.Onnx, FeatureCacheMode.Off, "conv3_block4_out", "conv5_block3_out"), 1)).Receipt!;
        var spec = Spec("stopped", PrefixEngine.Onnx, FeatureCacheMode.Off, "conv5_block3_out", "conv3_block4_out");
        await LocalRun.RunAsync(spec, 1, onEvent: (driver, happened) =>
        {
            if (happened is RunEvent.EpochDone)
            {
                driver.RequestStop();
            }
        });
        var other = spec with { Model = spec.Model with { Head = new() { Inputs = ["conv3_block4_out", "conv5_block3_out"] } } };
        var receipt = (await LocalRun.RunAsync(other, 2, resume: true)).Receipt!;

        Assert.Equal(whole.ModelSha256, receipt.ModelSha256);
    }

    /// <summary>Features of one list are never taken for those of another, though both lie in one folder.</summary>
    [Fact]
    public async Task KeptFeatures_AreThoseOfTheirInputs()
    {
        var cache = new FeatureSpec { Cache = FeatureCacheMode.On, Directory = _runs.In("kept"), DiskBytes = 1L << 30 };
        var models = new Dictionary<string, string>();
        foreach (var inputs in (string[][])[["conv3_block4_out", "conv4_block6_out"], ["conv2_block3_out", "conv3_block1_out", "conv4_block6_out"], ["conv4_block6_out"]])
        {
            var name = string.Join('+', inputs);
            models[name] = (await LocalRun.RunAsync(Spec($"kept {name}", PrefixEngine.Onnx, FeatureCacheMode.On, inputs) with { Features = cache }, 1)).Receipt!.ModelSha256;
            Assert.Equal((await LocalRun.RunAsync(Spec($"fresh {name}", PrefixEngine.Onnx, FeatureCacheMode.Off, inputs), 1)).Receipt!.ModelSha256, models[name]);
        }

        Assert.Distinct(models.Values);
    }

    /// <summary>The exported model gives what the run said of itself; its features are the means of the named layers' outputs, as ONNX Runtime computes these in the whole network.</summary>
    [Theory]
    [InlineData("conv5_block3_out", "conv3_block4_out")]
    [InlineData("conv4_block2_out")]
    [InlineData("pool1_pool", "conv2_block1_out", "conv4_block6_out")]
    public async Task TheExportedModel_IsTheRuns_AndItsFeaturesAreTheMeansOfTheNamedLayers(params string[] inputs)
    {
        var spec = Spec("run", PrefixEngine.Onnx, FeatureCacheMode.On, inputs);
        var receipt = (await LocalRun.RunAsync(spec, 2)).Receipt!;
        using var run = TrainedRun.Open(spec.Output);
        using var network = TrainedNetwork.Open(run);
        var form = new OnnxForm { Features = true };
        using var classifier = ImageClassifier.Of(OnnxModel.ToArray(network), "exported");
        using var session = new InferenceSession(OnnxModel.ToArray(network, form));
        var ordered = network.Table.HeadInputs.Select(layer => layer.Name).ToList();

        var scores = receipt.Classes.SelectMany((name, label) => Directory.EnumerateFiles(Path.Combine(_runs.Data, "test", name)).Select(path => (Label: label, Path: path))).ToList();
        var loss = scores.Average(score => -Math.Log(classifier.Classify(score.Path)[score.Label]));
        var (features, expected) = (Outputs(session, scores[0].Path, [OnnxModel.FeaturesName])[0], MeansInTheWholeNetwork(spec, ordered, scores[0].Path));

        Assert.Equal(receipt.TestLoss!.Value, loss, 1e-5 * Math.Max(1, loss));
        Assert.Equal(inputs.Order(StringComparer.Ordinal), ordered.Order(StringComparer.Ordinal));
        Assert.Equal(expected.Length, features.Length);
        Assert.All(expected.Zip(features), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(ordered), session.ModelMetadata.CustomMetadataMap["headInputs"]);
        Assert.DoesNotContain(run.Tensors.Tensors, tensor => tensor.Name.StartsWith("conv", StringComparison.Ordinal));
        Assert.Equal(network.Table.Layers.Count(layer => layer.HasParameters), receipt.FrozenLayers.Length);
        RequireMaps(network, classifier, scores[0].Path, wide: ordered[0] switch { "pool1_pool" => 12, "conv3_block4_out" => 6, _ => 3 });
    }

    [Fact]
    public async Task InEightBits_ItStillAnswersAlike()
    {
        var spec = Spec("run", PrefixEngine.Onnx, FeatureCacheMode.On, "conv3_block4_out", "conv4_block6_out");
        await LocalRun.RunAsync(spec, 1);
        using var run = TrainedRun.Open(spec.Output);
        using var network = TrainedNetwork.Open(run);
        var images = Directory.EnumerateFiles(Path.Combine(_runs.Data, "test"), "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var ranges = Int8Ranges.Of(network, images.Select(Pixels), TestContext.Current.CancellationToken);

        using var floats = ImageClassifier.Of(OnnxModel.ToArray(network), "floats");
        using var whole = ImageClassifier.Of(OnnxModel.ToArray(network, new() { Quantized = ranges }), "whole numbers");

        Assert.All(images, image => Assert.All(floats.Classify(image).Zip(whole.Classify(image)), pair => Assert.Equal(pair.First, pair.Second, 0.1)));
        Assert.True(OnnxModel.ToArray(network, new() { Quantized = ranges }).Length < OnnxModel.ToArray(network).Length / 2);
    }

    /// <summary>A file of the whole network is as good as one of the layers that are left, and the exported one is a base again.</summary>
    [Fact]
    public async Task WeightsOfTheWholeNetwork_AndThoseOfWhatIsLeft_AreTheSameBase()
    {
        var spec = Spec("random", PrefixEngine.Onnx, FeatureCacheMode.Off, "conv2_block3_out", "conv3_block4_out");
        spec = spec with { Data = spec.Data with { Preprocessing = Preprocessing.Torch, ForcePreprocessing = true } };
        var whole = spec with { Output = _runs.In("whole"), Model = spec.Model with { Head = new() } };
        var receipt = (await LocalRun.RunAsync(spec, 1)).Receipt!;
        using var run = TrainedRun.Open(spec.Output);
        using var network = TrainedNetwork.Open(run);
        SafetensorsModel.Write(_runs.In("left.safetensors"), network);
        await LocalRun.RunAsync(whole, 1);
        using var wholeRun = TrainedRun.Open(whole.Output);
        using var wholeNetwork = TrainedNetwork.Open(wholeRun);
        SafetensorsModel.Write(_runs.In("whole.safetensors"), wholeNetwork);

        foreach (var file in (string[])["left.safetensors", "whole.safetensors"])
        {
            var again = (await LocalRun.RunAsync(spec with { Output = _runs.In($"of {file}"), Model = spec.Model with { Weights = _runs.In(file) } }, 1)).Receipt!;
            Assert.Equal((receipt.BaseSha256, receipt.ModelSha256), (again.BaseSha256, again.ModelSha256));
        }
    }

    [Fact]
    public async Task AStartedRun_TakesTheInputsOver()
    {
        var first = Spec("first", PrefixEngine.Onnx, FeatureCacheMode.Off, "conv3_block4_out", "conv4_block6_out");
        var parent = (await LocalRun.RunAsync(first, 1)).Receipt!;
        var child = Freezing.Validation.ParentSettings.Adopt(Spec("second", PrefixEngine.Onnx, FeatureCacheMode.Off) with { From = first.Output }, parent);

        var receipt = (await LocalRun.RunAsync(child, 2)).Receipt!;

        Assert.Equal(first.Model.Head.Inputs, child.Model.Head.Inputs);
        Assert.Equal((parent.ModelSha256, parent.BaseSha256), (receipt.Parent!.ModelSha256, receipt.BaseSha256));
        Assert.NotEqual(parent.ModelSha256, receipt.ModelSha256);
    }

    private RunSpec Spec(string output, PrefixEngine engine, FeatureCacheMode cache, params string[] inputs)
    {
        var spec = _runs.TwoPhases(output);
        return spec with
        {
            Model = spec.Model with { Head = new() { Inputs = inputs is [] ? null : [.. inputs] } },
            Features = new() { Engine = engine, Cache = cache, DiskBytes = 0 },
            Phases = [spec.Phases[0], spec.Phases[0] with { Epochs = 1, Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-2 } }],
        };
    }

    /// <summary>A whole network of the same weights, with the named layers as outputs; the means are taken here.</summary>
    private static float[] MeansInTheWholeNetwork(RunSpec spec, List<string> layers, string path)
    {
        var whole = spec.Model with { Head = new() };
        var table = Freezing.Layers.LayerTable.For(whole);
        using var exported = IExportedBase.Open(spec with { Model = whole }, null);
        var graph = new OnnxGraph("whole");
        graph.AddInput(exported.InputName, 1, 3, Size, Size);
        exported.AddTo(graph, exported.Read);
        layers.ForEach(layer => graph.AddOutput(layer, OnnxSegment.ShapeOf(table, table[layer].Index, 1, Size).AsSpan()));
        using var session = new InferenceSession(graph.ToArray());
        var input = new float[3 * Size * Size];
        Data.Normalizer.ToTensorLayout(Pixels(path), Size, Preprocessing.Torch, input);
        using var value = OrtValue.CreateTensorValueFromMemory(input, [1, 3, Size, Size]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, [exported.InputName], [value], layers);
        return [.. outputs.SelectMany((output, i) =>
        {
            var channels = table[layers[i]].Channels;
            var maps = output.GetTensorDataAsSpan<float>().ToArray();
            return maps.Chunk(maps.Length / channels).Select(map => (float)map.Average(place => (double)place));
        })];
    }

    private static List<float[]> Outputs(InferenceSession session, string path, string[] names)
    {
        using var value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Pixels(path).AsMemory(), [1, Size, Size, 3]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, [ClassifierModel.InputName], [value], names);
        return [.. outputs.Select(output => output.GetTensorDataAsSpan<float>().ToArray())];
    }

    private static byte[] Pixels(string path)
    {
        var pixels = new byte[Size * Size * 3];
        new ImageDecoder(new DataSpec { Path = ".", ImageSize = Size }).Read(path, pixels);
        return pixels;
    }

    /// <summary>The finest layer's places, over which the maps of all of them add up to the logits less the bias.</summary>
    private static void RequireMaps(TrainedNetwork network, ImageClassifier classifier, string path, int wide)
    {
        using var activations = ClassActivations.Of(network)!;
        var bias = new float[classifier.Classes.Length];
        network.Read(network.Head.Layers[^1].Tensors[1], bias);
        var maps = classifier.Classes.Select((_, number) => activations.Map(path, number)).ToList();
        var powers = maps.Select(map => Math.Exp(map.Logit)).ToList();

        Assert.True(activations.AreExact);
        Assert.All(maps, map => Assert.Equal((wide, wide), (map.Width, map.Height)));
        Assert.All(powers.Zip(classifier.Classify(path)), pair => Assert.Equal(pair.Second, pair.First / powers.Sum(), 1e-5));
        Assert.All(maps.Zip(bias), pair => Assert.Equal(pair.Second, pair.First.Offset, 1e-5));
        Assert.All(maps.Zip(bias), pair => Assert.Equal(pair.First.Logit, pair.First.Values.Average(value => (double)value) + pair.Second, 1e-5));
    }
}
