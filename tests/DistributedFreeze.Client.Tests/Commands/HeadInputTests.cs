using System.Text.Json.Nodes;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>A run whose head reads several blocks, from its plan to what is made of it.</summary>
[Slow(seconds: 40)]
public sealed class HeadInputTests(HeadInputTests.Trained trained) : IClassFixture<HeadInputTests.Trained>
{
    private const string Inputs = "conv4_block6_out,conv3_block4_out";

    private readonly DrawnImages _images = trained.Images;

    [Fact]
    public async Task ThePlan_SaysWhatTheHeadReads_AndCountsNoLayerBehindIt()
    {
        var text = await CommandRun.OfAsync("plan", "--classes", "4", "--random-weights", "--head-inputs", Inputs);
        var json = JsonNode.Parse((await CommandRun.OfAsync("plan", "--classes", "4", "--random-weights", "--head-inputs", Inputs, "--json")).Output)!;

        Assert.True(text.ExitCode == 0, text.Error);
        Assert.Contains("Head reads       conv3_block4_out (512), conv4_block6_out (1,024): 1,536 channel means", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("conv5", text.Output, StringComparison.Ordinal);
        Assert.Equal(["conv3_block4_out", "conv4_block6_out"], json["headInputs"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal((4 * 1_536) + 4, json["parameters"]!["trainable"]!.GetValue<long>());
        Assert.Equal(8_589_184 + (4 * 1_536) + 4, json["parameters"]!["total"]!.GetValue<long>());
        Assert.Equal(4 * 1_536, json["featureBytes"]!.GetValue<long>());
    }

    [Fact]
    public async Task ItIsVerified_OnAnotherNumberOfReplicas()
    {
        var run = await CommandRun.EmbeddedAsync("verify", _images.In("run"), "--replicas", "2");

        Assert.True(run.ExitCode == 0, run.Error + run.Output);
        Assert.StartsWith($"The same model came out: sha256 {_images.Receipt("run").ModelSha256}", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--features", "features       N x 1536 floats")]
    [InlineData("--logits", "logits")]
    [InlineData("--preprocessed", "input")]
    public async Task EveryFormOfAnOnnxModel_IsWritten(string form, string said)
    {
        var run = await CommandRun.OfAsync("export", _images.In("run"), form, "--to", _images.In($"{form}.onnx"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(said, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("torchvision")]
    [InlineData("keras-h5")]
    public async Task NetworksOfOthers_HaveNoSuchHead(string format)
    {
        var run = await CommandRun.OfAsync("export", _images.In("run"), "--format", format);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"error: --format: {format} holds a network whose head reads the last layer, and this run's reads conv3_block4_out, conv4_block6_out; onnx and safetensors hold that", run.ErrorLines[^1]);
    }

    [Fact]
    public async Task ForOurselves_WhatTheHeadReadsIsSaid()
    {
        var run = await CommandRun.OfAsync("export", _images.In("run"), "--format", "safetensors");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("the head reads the channel means of conv3_block4_out, conv4_block6_out, one after another; layers after them are left out", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EvaluatingTheRunAndItsExportedModel_GivesTheReceiptsFigures_AndAReportHasMaps()
    {
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("m.onnx"))).ExitCode);
        var receipt = _images.Receipt("run");
        foreach (var model in (string[])["run", "m.onnx"])
        {
            var run = await CommandRun.OfAsync("evaluate", _images.In(model), _images.In("images/test"), "--json", "--output", _images.In($"{model}-evaluated"));

            Assert.True(run.ExitCode == 0, run.Error);
            var document = JsonNode.Parse(run.Output)!;
            Assert.Equal(receipt.TestAccuracy!.Value, document["accuracy"]!.GetValue<double>(), 1e-9);
            Assert.Equal(receipt.TestLoss!.Value, document["loss"]!.GetValue<double>(), 1e-5);
        }

        var page = await File.ReadAllTextAsync(_images.In("run-evaluated/report.html"), TestContext.Current.CancellationToken);
        Assert.Contains("the class&#39;s weights times the maps of conv3_block4_out, conv4_block6_out (class activation mapping)", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListsOfInputs_CanBeSwept()
    {
        var file = _images.Write("sweep.yaml", $$"""
            run:
              data: {path: {{_images.Path}}, image_size: 40}
              model: {random_weights: true}
              batch_size: 8
              phases: [{epochs: 2}]
            vary:
              model.head.inputs: [[], [conv4_block6_out], [conv3_block4_out, conv4_block6_out]]
            """);

        var run = await CommandRun.EmbeddedAsync("sweep", "-f", file, "--output", _images.In("sweep"), "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        var trials = JsonNode.Parse(run.Output)!["trials"]!.AsArray();
        Assert.Equal(["[]", "[conv3_block4_out, conv4_block6_out]", "[conv4_block6_out]"], trials.Select(trial => trial!["values"]![0]!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.All(trials, trial => Assert.Equal("finished", trial!["result"]!["state"]!.GetValue<string>()));
        Assert.Distinct(trials.Select(trial => trial!["result"]!["modelSha256"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Folds_AreCrossValidated()
    {
        var run = await CommandRun.EmbeddedAsync([.. _images.Train("folds", 1, "--head-inputs", Inputs).Select((word, i) => i == 0 ? "crossval" : word == _images.Path ? _images.In("images/train") : word), "--folds", "2"]);

        Assert.True(run.ExitCode == 0, run.Error);
    }

    [Fact]
    public async Task ARate_IsFound()
    {
        var run = await CommandRun.OfAsync("lr-find", "--data", _images.Path, "--image-size", "40", "--random-weights", "--batch", "8", "--head-inputs", Inputs, "--steps", "20");

        Assert.True(run.ExitCode == 0, run.Error);
    }

    [Theory]
    [InlineData("error: --head-inputs: cannot be advised on: which blocks a head should read is part of the answer", "advise")]
    [InlineData("error: --head-inputs: lets the head read conv3_block4_out, conv4_block6_out of a frozen base, but --unfreeze-stage opens layers of it", "train", "--unfreeze-stage", "conv5")]
    public async Task WhatCannotBe_IsRefusedByTheOption(string error, string command, params string[] more)
    {
        string[] line = [.. _images.Train("refused", 1, ["--head-inputs", Inputs, .. more]).Skip(1).TakeWhile(word => word != "--output" || command != "advise")];
        var run = await CommandRun.OfAsync([command, .. line, .. command == "advise" ? ["--random-weights", "--head-inputs", Inputs] : Array.Empty<string>()]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(error, run.ErrorLines[^1], StringComparison.Ordinal);
    }

    /// <summary>A run from such a run has its head, and that needs a frozen base.</summary>
    [Fact]
    public async Task AStartedRunThatOpensTheBase_IsRefused()
    {
        var run = await CommandRun.OfAsync(_images.Train("child", 1, "--from", _images.In("run"), "--unfreeze-all"));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: --head-inputs: lets the head read conv3_block4_out, conv4_block6_out of a frozen base, but --unfreeze-all opens layers of it", run.ErrorLines[^1], StringComparison.Ordinal);
    }

    /// <summary>One run of an epoch or two, trained once.</summary>
    public sealed class Trained : IAsyncLifetime, IDisposable
    {
        internal DrawnImages Images { get; } = new();

        public async ValueTask InitializeAsync()
        {
            var run = await CommandRun.EmbeddedAsync(Images.Train("run", 2, "--head-inputs", Inputs, "--replicas", "1"));
            Assert.True(run.ExitCode == 0, run.Error);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        public void Dispose() => Images.Dispose();
    }
}
