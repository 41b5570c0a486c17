using System.Text.Json;
using DistributedFreeze.Cli.Pull;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Client.Tests.Pull;

/// <summary>Names of weights on command lines. The test process's own mirror and cache are folders that are not there.</summary>
public sealed class NamedWeightsTests : IDisposable
{
    private static readonly string Mirror = Environment.GetEnvironmentVariable(WeightsMirror.Variable)!;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_PullsWhatIsNamed_AndTakesTheFile()
    {
        Publish("named/train");

        var run = await CommandRun.OfAsync("train", "--weights", "hf:named/train", "--data", _folder.Path, "--epochs", "1", "--lr", "0.1", "--output", "out");

        Assert.Equal(0, run.ExitCode);
        var path = Path.Combine(WeightsPull.DefaultFolder, "named", "train", "model.safetensors");
        Assert.Equal(path, run.Train!.Spec.Model.Weights);
        Assert.True(File.Exists(path));
        Assert.Equal(
            [$"weights: hf:named/train is model.safetensors of named/train on Hugging Face: {path}", $"weights: 3 B pulled from {Mirror}/named/train/model.safetensors, not checked, since nobody says a checksum"],
            run.ErrorLines);
    }

    [Theory]
    [InlineData(ModelArchitecture.ResNet18, "", "resnet18 torchvision-v1.5")]
    [InlineData(ModelArchitecture.ResNet18, "--graph torchvision-v1.5", "resnet18 torchvision-v1.5")]
    [InlineData(ModelArchitecture.ResNet18, "--model resnet34", "resnet34 keras-v1")]
    public async Task WhatTheRunDoesNotSay_IsWhatTheFileIs(ModelArchitecture architecture, string options, string expected)
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, architecture);
        var repository = $"named/{Guid.NewGuid():N}";
        Directory.CreateDirectory(Path.Combine(Mirror, repository));
        using (var writer = new SafetensorsWriter(
            Path.Combine(Mirror, repository, "model.safetensors"), table.Layers.SelectMany(layer => layer.Tensors).Select(tensor => new TensorInfo(tensor.Name, "F32", tensor.Shape))))
        {
            foreach (var tensor in table.Layers.SelectMany(layer => layer.Tensors))
            {
                writer.Write(tensor.Name, new float[tensor.Elements]);
            }

            writer.Commit();
        }

        var run = await CommandRun.OfAsync(
            ["train", "--weights", $"hf:{repository}", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--data", _folder.Path, "--epochs", "1", "--lr", "0.1", "--output", "out"]);

        var model = run.Train?.Spec.Model;
        if (model is null)
        {
            Assert.Contains("keras-v1", run.Error, StringComparison.Ordinal); // which has no such network: what the run says is not mended by what the file is
            return;
        }

        Assert.Equal(expected, $"{RunEnums.NameOf(model.Architecture)} {RunEnums.NameOf(model.Graph)}");
        var path = Path.Combine(WeightsPull.DefaultFolder, repository, "model.safetensors");
        Assert.Contains($"weights: {path} is a ResNet18 of graph torchvision-v1.5: --model resnet18 --graph torchvision-v1.5", run.ErrorLines);
    }

    [Fact]
    public async Task WhatCannotBeHad_IsNamedBeforeAnythingTrains()
    {
        var run = await CommandRun.OfAsync("train", "--weights", "imagenet", "--data", _folder.Path, "--epochs", "1", "--lr", "0.1", "--output", "out");

        Assert.Equal(2, run.ExitCode);
        Assert.Null(run.Train);
        Assert.Contains("weights: imagenet is Keras's ResNet50, trained on ImageNet, graph keras-v1: ", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.StartsWith($"error: --weights: 'keras-imagenet' cannot be pulled: {Mirror}/resnet50_weights_tf_dim_ordering_tf_kernels.h5 does not exist", run.ErrorLines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet18", "torchvision-v2", "torchvision-v2 has no file for resnet18: it has resnet50, resnet101, resnet152, resnext50-32x4d, wide-resnet50-2, of graph torchvision-v1.5; torchvision-v1 would be right")]
    [InlineData("resnet34", "keras-imagenet", "keras-imagenet has no file for resnet34: it has resnet50, resnet101, resnet152, of graph keras-v1; torchvision-v1 would be right")]
    public async Task ANameWithoutAFile_OfTheRunsNetwork_IsRefusedBeforeItIsPulled(string network, string name, string problem)
    {
        var run = await CommandRun.OfAsync("train", "--model", network, "--weights", name, "--data", _folder.Path, "--epochs", "1", "--lr", "0.1", "--output", "out");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"error: --weights: {problem}", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task ANameWithoutAFile_OfTheRunsGraph_IsRefusedBeforeItIsPulled()
    {
        var run = await CommandRun.OfAsync("train", "--graph", "keras-v1", "--weights", "torchvision-v1", "--data", _folder.Path, "--epochs", "1", "--lr", "0.1", "--output", "out");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(
            "error: --weights: torchvision-v1 has no file for resnet50 of graph keras-v1: it has resnet18, resnet34, resnet50, resnet101, resnet152, resnext50-32x4d, wide-resnet50-2, "
            + "of graph torchvision-v1.5; keras-imagenet would be right",
            Assert.Single(run.ErrorLines));
    }

    [Theory]
    [InlineData("ResNet50", "--weights: 'keras-imagenet' cannot be pulled: ", "resnet50_weights_tf_dim_ordering_tf_kernels.h5 does not exist")]
    [InlineData("ResNet101", "--weights: 'keras-imagenet' cannot be pulled: ", "resnet101_weights_tf_dim_ordering_tf_kernels.h5 does not exist")]
    [InlineData("resnet18", "--weights: 'torchvision-v1' cannot be pulled: ", "resnet18-f37072fd.pth does not exist")]
    [InlineData("wide-resnet50-2", "--weights: 'torchvision-v1' cannot be pulled: ", "wide_resnet50_2-95faca4d.pth does not exist")]
    public async Task ImageNet_IsOfTheRunsNetwork(string network, string problem, string file)
    {
        var run = await CommandRun.OfAsync("train", "--model", network, "--weights", "imagenet", "--data", _folder.Path, "--epochs", "1", "--lr", "0.1", "--output", "out");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: {problem}", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains(file, run.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWordThatIsNoNetwork_IsRefusedAsSuch()
    {
        var run = await CommandRun.OfAsync("train", "--model", "resnet51", "--weights", "imagenet", "--data", _folder.Path, "--epochs", "1", "--lr", "0.1", "--output", "out");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--model", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains("resnet51", run.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlan_PullsNothing_AndKnowsTheNetwork()
    {
        var file = _folder.Write("run.yaml", "model: { weights: torchvision-v2, classes: 3 }\nphases: [{ epochs: 1, optimizer: { learning_rate: 0.1 } }]\n");

        var run = await CommandRun.OfAsync("plan", "-f", file, "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("weights: torchvision-v2 is torchvision's ResNet50, IMAGENET1K_V2, graph torchvision-v1.5: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, run.Error, StringComparison.Ordinal); // a name is no path beside the run file
    }

    [Fact]
    public async Task ACluster_IsGivenThePath_AndTheUserIsTold()
    {
        Publish("named/submit");
        using var error = new StringWriter();
        var weights = new NamedWeights(new(TextWriter.Null, error, outputIsTerminal: false, errorIsTerminal: false));

        var draft = weights.Locate(RunDraft.OnePhase.With("model.weights", "hf:named/submit", "--weights"));
        await weights.PullForClusterAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Path.Combine(WeightsPull.DefaultFolder, "named", "submit", "model.safetensors"), draft.Text("model.weights"));
        Assert.True(File.Exists(draft.Text("model.weights")));
        Assert.Contains("the silos are given that path and have to see the file there: DFREEZE_WEIGHTS names", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hf:one")]
    [InlineData("hf:../etc")]
    [InlineData("hf:a/b/c")]
    [InlineData("torchvision-v3")]
    public async Task AnotherName_IsRefused(string name)
    {
        var run = await CommandRun.OfAsync("weights", "pull", name);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"error: NAME: must be {PublishedWeights.Names}, got '{name}'", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task Pull_IsOfTheNetworkThatIsNamed()
    {
        var run = await CommandRun.OfAsync("weights", "pull", "torchvision-v2", "--model", "resnet152");
        var none = await CommandRun.OfAsync("weights", "pull", "torchvision-v2", "--model", "resnet19");

        Assert.Equal((2, 2), (run.ExitCode, none.ExitCode));
        Assert.Contains("resnet152-f82ba261.pth does not exist", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.StartsWith("error: --model: must be resnet50, resnet101,", Assert.Single(none.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://mirror.example")]
    [InlineData("https://mirror.example/?x=1")]
    [InlineData("")]
    public async Task AMirrorThatIsNone_IsRefused(string mirror)
    {
        var run = await CommandRun.OfAsync("weights", "pull", "imagenet", "--mirror", mirror);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: --mirror: must be a folder", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_SaysWhereTheFileIs()
    {
        Publish("named/pull");
        var path = Path.Combine(_folder.Path, "named", "pull", "model.safetensors");

        var run = await CommandRun.OfAsync("weights", "pull", "hf:named/pull", "--directory", _folder.Path);
        var again = await CommandRun.OfAsync("weights", "pull", "hf:named/pull", "--directory", _folder.Path, "--json");

        Assert.Equal((0, 0), (run.ExitCode, again.ExitCode));
        Assert.StartsWith($"{path}  model.safetensors of named/pull on Hugging Face, 3 B, not checked", run.Output, StringComparison.Ordinal);
        Assert.Contains($"use  dfreeze train --weights {path} --data FOLDER", run.Output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(again.Output);
        Assert.Equal(path, document.RootElement.GetProperty("path").GetString());
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("from").ValueKind);
        Assert.Equal("", again.Error);
    }

    private static void Publish(string repository)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Mirror, repository)).FullName;
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), [1, 2, 3]);
    }
}
