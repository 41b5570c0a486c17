using System.Collections.Immutable;
using System.Security.Cryptography;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Inference;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Runs;

/// <summary>A run that starts from a finished one.</summary>
/// <param name="undisturbed">The one that it starts from: it has trained its head and the last 4 layers.</param>
[Slow(seconds: 20)]
public sealed class StartedRunTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>, IDisposable
{
    /// <summary>It comes first, so that the classes of before have other numbers.</summary>
    private const string New = "aal";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task WithMoreClasses_ItEndsWithTheSameBitsOnAnyNumberOfReplicas_WithoutCacheAndResumed_AndTheExportedModelIsIt()
    {
        var data = WithANewClass();
        var whole = (await LocalRun.RunAsync(Spec("whole", data), 1)).Receipt!;
        var other = Spec("other", data);
        other = other with { Features = other.Features with { Cache = FeatureCacheMode.Off } };

        var stopped = await LocalRun.RunAsync(other, 4, onEvent: StopAfterTheFirstPhase);
        var resumed = (await LocalRun.RunAsync(other, 3, resume: true)).Receipt!;

        Assert.Equal(RunState.Interrupted, stopped.State);
        Assert.Equal(whole.ModelSha256, resumed.ModelSha256);
        Assert.Equal((whole.TrainLoss[^1], whole.TestLoss), (resumed.TrainLoss[^1], resumed.TestLoss));
        Assert.Equal(
            new ParentRun(undisturbed.Receipt.RunId, undisturbed.Receipt.ModelSha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(undisturbed.Output.Receipt)))),
            resumed.Parent);
        Assert.Equal(undisturbed.Receipt.BaseSha256, resumed.BaseSha256);
        AssertHoldsWhatTheParentTrained(other);
        AssertExportedModelScores(other, data, resumed);
    }

    /// <summary>So nothing of its parent is lost on the way: neither the head, nor layers that are frozen now.</summary>
    [Fact]
    public async Task ARunThatLearnsNothing_IsItsParent()
    {
        var spec = Spec("same", undisturbed.Receipt.Spec.Data.Path);
        spec = spec with { Phases = [new() { Epochs = 1, Keep = KeptEpoch.Last, Optimizer = new() { LearningRate = 1e-30 } }] };

        var receipt = (await LocalRun.RunAsync(spec, 2)).Receipt!;

        Assert.Equal(undisturbed.Receipt.ModelSha256, receipt.ModelSha256);
        Assert.Equal(undisturbed.Receipt.TestLoss!.Value, receipt.TestLoss!.Value, 1e-6); // by the head's own loop here, and by TorchSharp there
    }

    /// <summary>Features are kept by the hashes of their layers: those of layers that the parent left alone are the base's, and serve both.</summary>
    [Fact]
    public void ALayer_HasAnotherHashWhereTheParentTrainedIt_AndOnlyThere()
    {
        using var stores = new FeatureStores();
        using var workspace = RunWorkspace.Load(Spec("hashes", undisturbed.Receipt.Spec.Data.Path), stores, CancellationToken.None);
        var hashes = workspace.Weights.On(CPU).LayerHashes;
        var before = undisturbed.Receipt.FrozenLayers.ToDictionary(layer => layer.Layer, layer => layer.Before, StringComparer.Ordinal);

        Assert.All(before, layer => Assert.Equal(layer.Value, hashes[layer.Key]));
        using var base_ = RunWorkspace.Load(undisturbed.NewSpec(), stores, CancellationToken.None);
        var own = base_.Weights.On(CPU).LayerHashes;
        Assert.Equal(own.Keys.Except(before.Keys), own.Where(layer => hashes[layer.Key] != layer.Value).Select(layer => layer.Key));
        Assert.NotEqual(own.Count, before.Count);
    }

    [Fact]
    public async Task AParentThatChangedSince_EndsTheResuming()
    {
        var parent = CopyOfTheParent();
        var spec = Spec("changed", undisturbed.Receipt.Spec.Data.Path) with { From = parent.Path };
        await LocalRun.RunAsync(spec, 1, onEvent: StopAfterTheFirstPhase);
        File.AppendAllText(parent.Receipt, "\n");

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => LocalRun.RunAsync(spec, 1, resume: true));

        Assert.Contains("belongs to a run that started from another one", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("baseSha256", "model.weights", "must be what run test began with")]
    [InlineData("modelSha256", "from", "is damaged or another run's")]
    public async Task AFolderThatIsNotTheRuns_IsRefused(string field, string blamed, string expected)
    {
        var parent = CopyOfTheParent();
        var hash = field == "baseSha256" ? undisturbed.Receipt.BaseSha256 : undisturbed.Receipt.ModelSha256;
        File.WriteAllText(parent.Receipt, File.ReadAllText(parent.Receipt).Replace(hash, new('0', 64), StringComparison.Ordinal));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(
            () => LocalRun.RunAsync(Spec("refused", undisturbed.Receipt.Spec.Data.Path) with { From = parent.Path }, 1));

        var problem = Assert.Single(refused.Problems);
        Assert.Equal(blamed, problem.Field);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClassThatVanished_IsRefusedByItsName()
    {
        var data = WithANewClass();
        var gone = undisturbed.Receipt.Classes[1];
        foreach (var split in Directory.GetDirectories(data))
        {
            Directory.Delete(Path.Combine(split, gone), recursive: true);
        }

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => LocalRun.RunAsync(Spec("vanished", data), 1));

        Assert.Contains($"has no class {gone}, ", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static void StopAfterTheFirstPhase(Coordination.RunDriver driver, RunEvent happened)
    {
        if (happened is RunEvent.EpochDone { Result.Phase: 0 })
        {
            _ = driver.RequestStop();
        }
    }

    /// <summary>The head alone, then with the last batch norm: convolutions that the parent trained stay frozen.</summary>
    private RunSpec Spec(string output, string data)
    {
        var spec = undisturbed.NewSpec();
        return ParentSettings.Adopt(
            spec with
            {
                Data = new() { Path = data },
                Model = new() { Head = new() { Init = HeadInit.Glorot } },
                From = undisturbed.Output.Path,
                Output = _folder.In(output),
                Phases = [new() { Epochs = 1, Ema = 0.5 }, new() { Epochs = 1, Freeze = new FreezePolicy.LastLayers(3), BatchNorm = BatchNormMode.Train }],
            },
            undisturbed.Receipt);
    }

    private string WithANewClass()
    {
        var (from, to) = (undisturbed.Receipt.Spec.Data.Path, _folder.In($"images-{Guid.NewGuid():N}"));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }

        DemoImages.Write(_folder.In("drawn"), seed: 9, size: 48, trainPerClass: 7, validationPerClass: 2, testPerClass: 3);
        foreach (var split in Directory.GetDirectories(_folder.In("drawn")))
        {
            foreach (var file in Directory.GetFiles(Path.Combine(split, undisturbed.Receipt.Classes[0])))
            {
                Copy(file, Path.Combine(to, Path.GetFileName(split), New, Path.GetFileName(file)));
            }
        }

        return to;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to);
    }

    private OutputFolder CopyOfTheParent()
    {
        var copy = new OutputFolder(_folder.In("parent"));
        Copy(undisturbed.Output.Model, copy.Model);
        Copy(undisturbed.Output.Receipt, copy.Receipt);
        return copy;
    }

    private void AssertHoldsWhatTheParentTrained(RunSpec spec)
    {
        using var parent = SafetensorsFile.Open(undisturbed.Output.Model);
        using var child = SafetensorsFile.Open(new OutputFolder(spec.Output).Model);
        var names = parent.Tensors.Select(tensor => tensor.Name).ToList();
        Assert.Empty(names.Except(child.Tensors.Select(tensor => tensor.Name)));
        Assert.Contains("conv5_block3_3_conv.weight", names);
        Assert.Equal(parent.Read("conv5_block3_3_conv.weight"), child.Read("conv5_block3_3_conv.weight"));
    }

    private void AssertExportedModelScores(RunSpec spec, string data, Receipt receipt)
    {
        using var run = TrainedRun.Open(spec.Output);
        using var network = TrainedNetwork.Open(run);
        OnnxModel.Write(_folder.In("model.onnx"), network);
        using var classifier = ImageClassifier.Open(_folder.In("model.onnx"));

        Assert.Equal(New, classifier.Classes[0]);
        var losses = receipt.Classes.SelectMany((name, label) =>
            Directory.EnumerateFiles(Path.Combine(data, "test", name)).Select(path => -Math.Log(classifier.Classify(path)[label]))).ToImmutableArray();
        Assert.Equal(receipt.TestImages, losses.Length);
        Assert.Equal(receipt.TestLoss!.Value, losses.Average(), 1e-4 * Math.Max(1, receipt.TestLoss.Value));
    }
}
