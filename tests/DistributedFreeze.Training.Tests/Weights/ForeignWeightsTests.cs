using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Weights;

/// <summary>Whole bases under the names that other programs give them.</summary>
[Slow]
public sealed class ForeignWeightsTests : IDisposable
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.TorchvisionV15);

    /// <summary>What every file holds, drawn once.</summary>
    private static readonly Lazy<BaseWeights> Drawn = new(() => BaseWeights.Random(seed: 3, Table, CPU));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "fc.weight")]
    [InlineData("module.", "module.fc.weight")]
    [InlineData("model.backbone.", "model.head.weight")]
    public void TorchvisionsNames_BehindAnyPrefix_AreTheBase(string prefix, string head) => AssertIsTheBase(name => prefix + Torchvision(name), head, prefix);

    [Theory]
    [InlineData("resnet.", "classifier.1.weight")]
    [InlineData("", "")]
    [InlineData("model.resnet.", "model.classifier.1.weight")]
    public void HuggingFacesNames_BehindAnyPrefix_AreTheBase(string prefix, string head) => AssertIsTheBase(name => prefix + HuggingFace(name), head, prefix);

    [Theory]
    [InlineData("", "predictions.weight")]
    [InlineData("resnet50.", "dense.weight")]
    public void OurNames_BehindAnyPrefix_AreTheBase(string prefix, string head) => AssertIsTheBase(name => prefix + name, head, prefix);

    [Fact]
    public void ACheckpointOfPyTorch_IsTheBase_AndItsOptimizerNothing()
    {
        var checkpoint = new TorchCheckpoint().Map().Text("state_dict").Map();
        foreach (var spec in Tensors())
        {
            checkpoint.Text("module." + Torchvision(spec.Name)).Floats([.. spec.Shape], Drawn.Value[spec.Name].data<float>().ToArray());
        }

        checkpoint.Text("module.fc.weight").Floats([4, 1], [1, 2, 3, 4]).End();
        checkpoint.Text("optimizer").Op('}').Op('(').Text("state").Op('}').Op('(').Number(0).Floats([64], new float[64]).End().End().End();
        var path = _folder.In("model_best.pth.tar");
        File.WriteAllBytes(path, checkpoint.Archive());

        using var weights = BaseWeights.Load(path, Table, CPU);

        Assert.Equal(Drawn.Value.Sha256, weights.Sha256);
        Assert.Contains("state_dict.module.fc.weight (4, 1) belong", Assert.Single(weights.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void ANameOfThousandsOfParts_IsNobodys_AndTakesNoGigabytes()
    {
        var path = _folder.In("dots.safetensors");
        var name = string.Concat(Enumerable.Repeat("layer1.", 9000));
        using (var writer = new SafetensorsWriter(path, [new(name, "F32", [1])]))
        {
            writer.Write(name, [1f]);
            writer.Commit();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        using var file = WeightsFile.Open(path);

        Assert.Equal(name, Assert.Single(file.Tensors).Name);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void APublishedClassifier_IsNoSurprise()
    {
        using var weights = BaseWeights.Load(Store(Torchvision, ("fc.weight", [1000, 1])), Table, CPU);

        Assert.Empty(weights.Warnings);
    }

    [Fact]
    public void TwoNetworksInOneFile_AreNotChosenFrom()
    {
        var path = Store(name => "encoder_q." + Torchvision(name), [.. Tensors().Select(spec => ("encoder_k." + Torchvision(spec.Name), spec.Shape.ToArray()))]);

        var e = Assert.Throws<InvalidInputException>(() => BaseWeights.Load(path, Table, CPU));

        Assert.Contains("holds several networks, whose tensors begin with 'encoder_k.' and 'encoder_q.'; save one of them", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("layer1.0.se.fc1.weight")] // SE-ResNet50
    [InlineData("layer3.6.conv1.weight")] // ResNet101
    [InlineData("conv2.weight")]
    public void ATensorMoreWithinTheBase_IsAnotherNetwork(string extra)
    {
        var e = Assert.Throws<InvalidInputException>(() => BaseWeights.Load(Store(name => "module." + Torchvision(name), ($"module.{extra}", [1])), Table, CPU));

        Assert.Contains(e.Problems, problem => problem.Message == $"1 not of this network: module.{extra} (1)");
        Assert.InRange(e.Problems.Length, 2, 6);
    }

    [Fact]
    public void NumbersThatAreNone_AreRefused_ByTheFilesOwnName()
    {
        var path = Store(name => "module." + Torchvision(name), change: (name, values) =>
        {
            switch (name)
            {
                case "conv3_block1_1_conv.weight":
                    values[256 + 2] = float.NaN;
                    values[^1] = float.PositiveInfinity;
                    break;
                case "conv1_bn.running_var":
                    values[7] = -1;
                    break;
                case "conv1_bn.running_mean":
                    values[7] = -1; // a mean may be
                    break;
                default:
                    break;
            }
        });

        var e = Assert.Throws<InvalidInputException>(() => BaseWeights.Load(path, Table, CPU));

        Assert.Equal(
            [
                $"{path}: module.bn1.running_var holds negative variances: 1 of 64, the first, -1, at [7]",
                $"{path}: module.layer2.0.conv1.weight holds numbers that are NaN or infinite: 2 of 32,768, the first, NaN, at [1, 2, 0, 0]",
            ],
            e.Problems.Select(problem => problem.Message).Order(StringComparer.Ordinal));
        Assert.All(e.Problems, problem => Assert.Equal("model.weights", problem.Field));
    }

    private void AssertIsTheBase(Func<string, string> rename, string head, string prefix)
    {
        var path = Store(rename, head.Length == 0 ? [] : [(head, [4, 2048])]);

        using var weights = BaseWeights.Load(path, Table, CPU);

        Assert.Equal(Drawn.Value.Sha256, weights.Sha256);
        Assert.Equal(head.Length == 0 ? 0 : 1, weights.Warnings.Length);
        Assert.All(weights.Warnings, warning => Assert.Contains($"{head} (4, 2048) belong", warning, StringComparison.Ordinal));
        using var file = WeightsFile.Open(path);
        Assert.Equal(prefix, file.Prefix);
    }

    private static IEnumerable<TensorSpec> Tensors() => Table.Layers.SelectMany(layer => layer.Tensors);

    /// <summary>torchvision/models/resnet.py, the other way round.</summary>
    private static string Torchvision(string name)
    {
        var (layer, tensor) = Parts(name);
        return layer.Split('_') switch
        {
            ["conv1", "conv"] => $"conv1.{tensor}",
            ["conv1", "bn"] => $"bn1.{tensor}",
            [var stage, var block, "0", var kind] => $"layer{Stage(stage) - 1}.{Block(block)}.downsample.{(kind == "conv" ? 0 : 1)}.{tensor}",
            [var stage, var block, var index, var kind] => $"layer{Stage(stage) - 1}.{Block(block)}.{kind}{index}.{tensor}",
            _ => throw new InvalidOperationException(name),
        };
    }

    /// <summary>transformers/models/resnet/modeling_resnet.py, likewise.</summary>
    private static string HuggingFace(string name)
    {
        var (layer, tensor) = Parts(name);
        return layer.Split('_') switch
        {
            ["conv1", var kind] => $"embedder.embedder.{Word(kind)}.{tensor}",
            [var stage, var block, "0", var kind] => $"encoder.stages.{Stage(stage) - 2}.layers.{Block(block)}.shortcut.{Word(kind)}.{tensor}",
            [var stage, var block, var index, var kind] => $"encoder.stages.{Stage(stage) - 2}.layers.{Block(block)}.layer.{index[0] - '1'}.{Word(kind)}.{tensor}",
            _ => throw new InvalidOperationException(name),
        };

        static string Word(string kind) => kind == "conv" ? "convolution" : "normalization";
    }

    private static (string Layer, string Tensor) Parts(string name) => (name[..name.IndexOf('.', StringComparison.Ordinal)], name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]);

    private static int Stage(string stage) => stage[^1] - '0';

    private static int Block(string block) => block[^1] - '1';

    private string Store(Func<string, string> rename, params (string Name, long[] Shape)[] others) => Store(rename, (_, _) => { }, others);

    private string Store(Func<string, string> rename, Action<string, float[]> change, params (string Name, long[] Shape)[] others)
    {
        var path = _folder.In("foreign.safetensors");
        var own = Tensors().ToDictionary(spec => rename(spec.Name), StringComparer.Ordinal);
        var infos = own.Select(pair => new TensorInfo(pair.Key, "F32", pair.Value.Shape)).Concat(others.Select(other => new TensorInfo(other.Name, "F32", [.. other.Shape])));
        using var writer = new SafetensorsWriter(path, infos);
        foreach (var info in infos)
        {
            var values = new float[info.Elements];
            if (own.TryGetValue(info.Name, out var spec))
            {
                Drawn.Value[spec.Name].data<float>().CopyTo(values);
                change(spec.Name, values);
            }

            writer.Write(info.Name, values);
        }

        writer.Commit();
        return path;
    }
}
