using System.Text.Json;
using DistributedFreeze.TestKit.Data;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze base show</c>, and what other commands say of an ONNX base.</summary>
public sealed class BaseCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Show_SaysWhatIsTaken_WhereItEnds_AndWhatThatCosts()
    {
        var run = await CommandRun.OfAsync("base", "show", Write(StrangeGraphs.Mobile(11, channelsLast: true)));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("made by  a test, opset 11, ", run.Output, StringComparison.Ordinal);
        Assert.Contains("images   48 x 48 (fixed by the model), channels last (NHWC), any number at a time", run.Output, StringComparison.Ordinal);
        Assert.Contains("pixels   torch: neither the model nor a file beside it says how", run.Output, StringComparison.Ordinal);
        Assert.Contains("boundary features, before the dense layer n/logits (Gemm), which is left out", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\nfeatures \(default\) +n/features +Flatten +12 +12 +580 +79,488\n", run.Output);
    }

    [Fact]
    public async Task Show_AsJson_HasTheSame()
    {
        var path = Write(StrangeGraphs.Tokens());

        var model = JsonDocument.Parse((await CommandRun.OfAsync("base", "show", path, "--json")).Output).RootElement;

        Assert.Equal((path, 17, 48, 1, "features"), (
            model.GetProperty("path").GetString(), model.GetProperty("operatorSet").GetInt32(), model.GetProperty("imageSize").GetInt32(), model.GetProperty("batch").GetInt32(), model.GetProperty("boundary").GetString()));
        Assert.Equal("torch", model.GetProperty("preprocessing").GetProperty("taken").GetString());
        Assert.Contains(model.GetProperty("candidates").EnumerateArray(), candidate =>
            (candidate.GetProperty("tensor").GetString(), candidate.GetProperty("isDefault").GetBoolean(), candidate.GetProperty("features").GetInt32()) == ("features", true, StrangeGraphs.TokenFeatures));
    }

    [Fact]
    public async Task WhatIsNoModel_EndsWithOneLineAndExitCode2()
    {
        var run = await CommandRun.OfAsync("base", "show", _folder.Write("model.onnx", "no model"));

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("error: FILE: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlan_SaysWhatIsUnknown()
    {
        var known = await Plan(Write(StrangeGraphs.Mobile()));
        var unknown = await Plan(Write(
            new OnnxWriter { Domain = "com.microsoft" }.Input("image", 1, -1, 3, 48, 48).Node("GlobalAveragePool", "image", "mean").Node("com.microsoft:Gelu", "mean", "gelu").Output("gelu")));

        Assert.Equal((2L * 79_488, 580), (known.GetProperty("prefixFlops").GetInt64(), known.GetProperty("base").GetProperty("parameters").GetInt64()));
        Assert.Equal(JsonValueKind.Null, known.GetProperty("architecture").ValueKind);
        Assert.Equal(JsonValueKind.Null, unknown.GetProperty("base").GetProperty("multiplyAdds").ValueKind);
        Assert.Equal(JsonValueKind.Null, unknown.GetProperty("prefixFlops").ValueKind);
    }

    [Fact]
    public async Task CommandsAboutLayers_SayInASentenceThatTheyAreNotForIt()
    {
        var path = Write(StrangeGraphs.Mobile());

        var advise = await CommandRun.OfAsync("advise", "--base", path, "--data", _folder.Path);
        var unfreeze = await CommandRun.OfAsync("plan", "--base", path, "--classes", "4", "--unfreeze-layers", "3");
        var weights = await CommandRun.OfAsync("plan", "--base", path, "--classes", "4", "--weights", "w.h5");

        Assert.StartsWith("error: --base: cannot be advised on", Assert.Single(advise.ErrorLines), StringComparison.Ordinal);
        Assert.StartsWith("error: --unfreeze-layers: opens layers of the base, but of --base none can train", Assert.Single(unfreeze.ErrorLines), StringComparison.Ordinal);
        Assert.StartsWith("error: --weights: cannot stand beside --base", Assert.Single(weights.ErrorLines), StringComparison.Ordinal);
        Assert.Equal((2, 2, 2), (advise.ExitCode, unfreeze.ExitCode, weights.ExitCode));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<JsonElement> Plan(string path)
    {
        var run = await CommandRun.OfAsync("plan", "--base", path, "--classes", "4", "--json");
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private string Write(OnnxWriter graph)
    {
        File.WriteAllBytes(_folder.In("model.onnx"), graph.ToArray());
        return _folder.In("model.onnx");
    }
}
