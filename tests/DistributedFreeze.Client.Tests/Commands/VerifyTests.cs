using System.Text.Json.Nodes;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze verify</c>, from a receipt to the same model or to what has changed.</summary>
[Slow]
public sealed class VerifyTests(ExportTests.TrainedImages trained) : IClassFixture<ExportTests.TrainedImages>, IDisposable
{
    private readonly DrawnImages _images = trained.Images;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TheSameModelComesOut_OnAnotherNumberOfReplicas_AndNothingElseIsLeft()
    {
        var before = Directory.GetFiles(_images.In("run")).Order(StringComparer.Ordinal).ToList();

        var run = await CommandRun.EmbeddedAsync("verify", _images.In("run"), "--replicas", "2");

        Assert.True(run.ExitCode == 0, run.Error + run.Output);
        Assert.StartsWith($"The same model came out: sha256 {_images.Receipt("run").ModelSha256}{Environment.NewLine}2 epochs on 2 replicas in ", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_images.In("run")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AReceiptOfAnotherModel_IsToldFromTheFirstEpochThatDiffers()
    {
        var receipt = Copy(receipt =>
        {
            receipt["modelSha256"] = new string('0', 64);
            receipt["epochs"]![1]!["trainLoss"] = 0.5;
            receipt["program"] = "0.0.1";
            receipt["deviceClasses"] = new JsonArray("cpu x64-avx", "cpu x64-sse");
        });

        var run = await CommandRun.EmbeddedAsync("verify", receipt, "--json");

        Assert.Equal(1, run.ExitCode);
        var document = JsonNode.Parse(run.Output)!;
        Assert.False(document["same"]!.GetValue<bool>());
        Assert.Equal(_images.Receipt("run").ModelSha256, document["found"]!.GetValue<string>());
        Assert.Equal(
            ["program", "what computed", "epoch 2 of phase 1, the first that differs", "model"],
            document["differences"]!.AsArray().Select(difference => difference!["what"]!.GetValue<string>()));
        Assert.StartsWith("train loss 0.5, validation loss ", document["differences"]![2]!["then"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.StartsWith("cpu x64-avx and cpu x64-sse, libtorch ", document["differences"]![1]!["then"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherImages_AreToldBeforeAnythingIsTrained()
    {
        var other = Path.Combine(_folder.Path, "other");
        foreach (var file in Directory.GetFiles(_images.Path, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(other, Path.GetRelativePath(_images.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.Delete(Directory.GetFiles(Path.Combine(other, "train", "disc"))[0]);

        var run = await CommandRun.OfAsync("verify", _images.In("run"), "--data", other);

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        var lines = run.Output.Split(Environment.NewLine);
        Assert.Equal("The same model cannot come out, and nothing was trained, since what it would be made of has changed:", lines[0]);
        Assert.Equal($"  images in {other}", lines[1]);
        Assert.Equal($"    then  {_images.Receipt("run").DataSha256}", lines[2]);
        Assert.StartsWith("    now   ", lines[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", "", "must be the folder of a finished run: there is no such folder")]
    [InlineData("run", "--replicas 5", "--replicas: must be a whole number from 1 to 4, got '5'")]
    [InlineData("run", "--data nowhere", "--data: ")]
    [InlineData("run", "--weights base.h5", "--weights: cannot be given: the run began with random weights")]
    public async Task WhatIsWrong_IsSaidByItsOption(string folder, string options, string expected)
    {
        var run = await CommandRun.OfAsync(["verify", _images.In(folder), .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    /// <summary>The run's receipt alone, with something changed.</summary>
    private string Copy(Action<JsonNode> change)
    {
        var receipt = JsonNode.Parse(File.ReadAllText(new OutputFolder(_images.In("run")).Receipt))!;
        change(receipt);
        return _folder.Write("receipt.json", receipt.ToJsonString(RunJson.Indented));
    }
}
