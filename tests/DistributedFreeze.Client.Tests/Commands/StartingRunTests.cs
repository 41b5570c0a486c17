using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>--from</c>: what a run takes over from a finished one, and what is said where it cannot.</summary>
public sealed class StartingRunTests : IDisposable
{
    private const string Hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly Receipt Parent = new()
    {
        RunId = "july",
        Program = "1",
        ModelSha256 = Hash,
        BaseSha256 = Hash,
        DataSha256 = Hash,
        MaskHash = Hash,
        TrainableParameters = 1,
        FrozenUnchanged = true,
        TrainLoss = [],
        Replicas = 1,
        Devices = ["cpu"],
        ImagesPerSecond = 1,
        Seconds = 1,
        Classes = ["rose", "tulip"],
        Phases = [],
        Epochs = [],
        FrozenLayers = [],
        Preprocessing = new(Preprocessing.Torch, "by the weights"),
        Spec = new()
        {
            Data = new() { Path = "photos", ImageSize = 64 },
            Model = new() { Graph = NetworkGraph.TorchvisionV15, Weights = "/base.pth", Head = new() { Hidden = [256] } },
            Phases = [new()],
            Output = "july",
        },
    };

    private readonly TemporaryFolder _folder = new();
    private readonly string _july;

    public StartingRunTests()
    {
        _july = Path.Combine(_folder.Path, "july");
        Directory.CreateDirectory(_july);
        File.WriteAllText(Path.Combine(_july, "receipt.json"), JsonSerializer.Serialize(Parent, RunJson.Indented));
        File.WriteAllText(Path.Combine(_july, "model.safetensors"), "");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task APlan_HasTheParentsNetworkAndSaysWhichClassesAreNew()
    {
        var data = Data("aster", "rose", "tulip");

        var text = await CommandRun.OfAsync("plan", "--from", Path.Combine(_july, "receipt.json"), "--data", data);
        var json = await CommandRun.OfAsync("plan", "--from", _july, "--data", data, "--json");

        Assert.Equal((0, 0), (text.ExitCode, json.ExitCode));
        Assert.StartsWith($"Starts from      {_july}: run july, model sha256 {Hash[..12]}; its 2 classes and 1 new: aster{Environment.NewLine}", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("NO PRE-TRAINED WEIGHTS", text.Output + text.Error, StringComparison.Ordinal);
        var plan = JsonNode.Parse(json.Output)!;
        Assert.Equal((2048 + 1) * 256 + (256 + 1) * 3, plan["parameters"]!["trainable"]!.GetValue<int>());
        Assert.Equal(("torchvision-v1.5", 64), (plan["graph"]!.GetValue<string>(), plan["imageSize"]!.GetValue<int>()));
        Assert.Equal((_july, "july", Hash), (plan["from"]!["path"]!.GetValue<string>(), plan["from"]!["runId"]!.GetValue<string>(), plan["from"]!["modelSha256"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("--classes 5", 5)]
    public async Task WithoutImages_TheClassesAreTheParentsOrAsManyAsAreSaid(string options, int classes)
    {
        var plan = await CommandRun.OfAsync(["plan", "--json", "--from", _july, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(classes, JsonNode.Parse(plan.Output)!["classCount"]!.GetValue<int>());
    }

    [Fact]
    public async Task Training_BeginsWithWhatTheParentHad()
    {
        var run = await CommandRun.OfAsync("train", "--from", _july, "--data", Data("rose", "tulip"), "--output", Path.Combine(_folder.Path, "august"));

        var spec = run.Train!.Spec;
        Assert.Equal((_july, 64, "/base.pth", 256), (spec.From, spec.Data.ImageSize, spec.Model.Weights, Assert.Single(spec.Model.Head.Hidden)));
        Assert.Equal(Preprocessing.Torch, spec.Data.Preprocessing);
    }

    [Theory]
    [InlineData("--head 128", "--head: is [128], but must be [256] as in run july, from which this one starts; leave it out to take that over")]
    [InlineData("--image-size 224", "--image-size: is 224, but must be 64 as in run july")]
    [InlineData("--graph keras-v1", "--graph: is keras-v1, but must be torchvision-v1.5 as in run july")]
    [InlineData("--random-weights", "--random-weights: is true, but run july, from which this one starts, began with /base.pth")]
    [InlineData("--classes 1", "--classes: is 1, but must be")]
    public async Task WhatContradictsTheParent_IsRefusedByItsOption(string option, string expected)
    {
        var run = await CommandRun.OfAsync(["plan", "--from", _july, .. option.Split(' ')]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClassThatVanished_IsNamed()
    {
        var run = await CommandRun.OfAsync("plan", "--from", _july, "--data", Data("rose", "daisy"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--data: has no class tulip, which run july has, from which this one starts (new is daisy): ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderThatHoldsNoFinishedRun_IsRefused()
    {
        var run = await CommandRun.OfAsync("train", "--from", _folder.Path, "--data", "photos", "--output", "august");

        Assert.Equal((2, $"--from: must be the output folder of a finished run: {_folder.Path} has no receipt.json"), (run.ExitCode, run.Error.Trim().Replace("error: ", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task InARunFile_ItIsAPathBesideTheFile_AndErrorsSayTheFieldsOfTheFile()
    {
        var file = _folder.Write("run.yaml", """
            from: july
            data: { path: photos, image_size: 224 }
            phases: [{ epochs: 1 }]
            output: august
            """);

        var run = await CommandRun.OfAsync("train", "-f", file);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("data.image_size: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verifying_NeedsTheParent()
    {
        var august = Path.Combine(_folder.Path, "august");
        Directory.CreateDirectory(august);
        var weights = _folder.Write("base.h5", "");
        var receipt = Parent with { RunId = "august", Parent = new("july", Hash, Hash), Spec = Parent.Spec with { From = Path.Combine(_folder.Path, "gone"), Model = Parent.Spec.Model with { Weights = weights } } };
        File.WriteAllText(Path.Combine(august, "receipt.json"), JsonSerializer.Serialize(receipt, RunJson.Indented));

        var missing = await CommandRun.OfAsync("verify", august);
        var needless = await CommandRun.OfAsync("verify", Path.Combine(_july, "receipt.json"), "--weights", weights, "--from", august);

        Assert.Equal(2, missing.ExitCode);
        Assert.Contains($"--from: is needed: the run started from run july in {receipt.Spec.From}, which is not here; name a copy of that folder", missing.Error, StringComparison.Ordinal);
        Assert.Equal(2, needless.ExitCode);
    }

    [Fact]
    public async Task Advice_IsNotForARunThatStartsFromAnother()
    {
        var file = _folder.Write("run.yaml", "from: july\ndata: { path: photos }\nphases: [{ epochs: 1 }]\n");

        var run = await CommandRun.OfAsync("advise", "-f", file);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("from: cannot be advised on", run.Error, StringComparison.Ordinal);
    }

    private string Data(params string[] classes)
    {
        var path = Path.Combine(_folder.Path, "photos");
        foreach (var name in classes)
        {
            Directory.CreateDirectory(Path.Combine(path, name));
        }

        return path;
    }
}
