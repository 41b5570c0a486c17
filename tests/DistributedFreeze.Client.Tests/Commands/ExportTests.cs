using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Client.Tests.Sdk;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze export</c> and <c>dfreeze predict</c>, from a run to answers.</summary>
[Slow(seconds: 35)]
public sealed class ExportTests(ExportTests.TrainedImages trained) : IClassFixture<ExportTests.TrainedImages>
{
    private readonly DrawnImages _images = trained.Images;

    [Fact]
    public async Task AnExportedModel_SaysWhatIsOnImages()
    {
        var before = await CommandRun.OfAsync("predict", _images.In("run"), Path.Combine(_images.Path, "test"));
        Assert.False(File.Exists(_images.In("run/model.onnx")));
        var export = await CommandRun.OfAsync("export", _images.In("run"));
        var text = await CommandRun.OfAsync("predict", _images.In("run"), Path.Combine(_images.Path, "test"));
        var json = await CommandRun.OfAsync("predict", _images.In("run/model.onnx"), FirstDisc, "--json");

        Assert.True(export.ExitCode == 0, export.Error);
        Assert.StartsWith(_images.In("run/model.onnx"), export.Output, StringComparison.Ordinal);
        Assert.Contains("N x 40 x 40 x 3", export.Output, StringComparison.Ordinal);
        Assert.Contains("disc, square, stripes, triangle", export.Output, StringComparison.Ordinal);

        Assert.True(text.ExitCode == 0, text.Error);
        Assert.Equal(text, before);
        var lines = text.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        var right = lines.Count(line => line.Split("  ") is [var path, var answer, _] && Path.GetFileName(Path.GetDirectoryName(path)) == answer);
        Assert.Equal(_images.Receipt("run").TestAccuracy!.Value, (double)right / lines.Length, 1e-9);

        using var answer = JsonDocument.Parse(json.Output);
        var probabilities = answer.RootElement.GetProperty("probabilities").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetDouble());
        Assert.Equal(["disc", "square", "stripes", "triangle"], probabilities.Keys);
        Assert.Equal(probabilities.MaxBy(one => one.Value).Key, answer.RootElement.GetProperty("class").GetString());
    }

    [Fact]
    public async Task ACalibratedModel_AnswersTheSame_WithOtherCertainty()
    {
        var plain = await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("plain.onnx"));
        var export = await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("calibrated.onnx"), "--calibrate", "--json");
        var before = JsonNode.Parse((await CommandRun.OfAsync("evaluate", _images.In("plain.onnx"), _images.Path, "--split", "val", "--json")).Output)!;
        var after = JsonNode.Parse((await CommandRun.OfAsync("evaluate", _images.In("calibrated.onnx"), _images.Path, "--split", "val", "--json")).Output)!;

        Assert.True(plain.ExitCode == 0, plain.Error);
        Assert.True(export.ExitCode == 0, export.Error);
        var calibration = JsonNode.Parse(export.Output)!["calibration"]!;
        Assert.Equal(calibration["temperature"]!.GetValue<double>(), after["model"]!["temperature"]!.GetValue<double>());
        Assert.Null(before["model"]!["temperature"]);
        Assert.Equal(before["confusion"]!.ToJsonString(), after["confusion"]!.ToJsonString());

        // What the model's own graph divides by comes to what was promised.
        Assert.Equal(calibration["lossBefore"]!.GetValue<double>(), before["loss"]!.GetValue<double>(), 1e-4);
        Assert.Equal(calibration["lossAfter"]!.GetValue<double>(), after["loss"]!.GetValue<double>(), 1e-4);
        Assert.True(after["loss"]!.GetValue<double>() < before["loss"]!.GetValue<double>());
    }

    [Theory]
    [InlineData("error: --calibrate: is for --format onnx: safetensors holds tensors alone", "--calibrate", "--format", "safetensors")]
    [InlineData("error: --data: is for --calibrate and --int8", "--data", ".")]
    [InlineData("error: --data: '/nowhere' does not exist", "--calibrate", "--data", "/nowhere")]
    public async Task WhatCalibrationCannotDo_IsSaid(string error, params string[] args)
    {
        var run = await CommandRun.OfAsync(["export", _images.In("run"), "--to", _images.In("never.onnx"), .. args]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(error, run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.False(File.Exists(_images.In("never.onnx")));
    }

    [Fact]
    public async Task Predicting_LoadsNoLibTorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It asks Linux's loader.");
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("alone.onnx"))).ExitCode);

        // The loader lists every library that the process opens, from its start to its end, in a file named after it.
        var loader = new Dictionary<string, string> { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = _images.In("loader") };
        var (exitCode, _, error) = await DfreezeProcess.RunAsync(loader, "predict", _images.In("alone.onnx"), FirstDisc);

        Assert.True(exitCode == 0, error);
        var loaded = string.Concat(Directory.EnumerateFiles(_images.In("."), "loader.*").Select(File.ReadAllText));
        Assert.Contains("libonnxruntime", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("torch", loaded, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task TheDocsPrograms_AnswerAsPredictDoes()
    {
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("sample.onnx"))).ExitCode);
        var predicted = await CommandRun.OfAsync("predict", _images.In("sample.onnx"), FirstDisc);
        var pixels = new byte[40 * 40 * 3];
        new ImageDecoder(40, ResizeMode.Stretch, DataSpec.DefaultMaxPixels).Read(FirstDisc, pixels);

        await File.WriteAllBytesAsync(_images.In("one.rgb"), pixels, TestContext.Current.CancellationToken);

        var model = _images.In("sample.onnx");
        var alone = await SampleTests.Of("docs/training.md", 0).RunAsync(("run1/model.onnx", model), ("one.rgb", _images.In("one.rgb")), ("size = 224", "size = 40"));
        var classifier = await SampleTests.Of("docs/training.md", 1).RunAsync(("run1/model.onnx", model), ("one.jpg", FirstDisc));

        Assert.Contains($"  {alone.TrimEnd()}  ", predicted.Output, StringComparison.Ordinal);
        Assert.StartsWith($"{alone.TrimEnd()}  ", classifier, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnImageThatCannotBeRead_IsNamed_AndTheOthersAreAnswered()
    {
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("other.onnx"))).ExitCode);
        var broken = _images.Write("broken.png", "no image");

        var run = await CommandRun.OfAsync("predict", _images.In("other.onnx"), broken, FirstDisc);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: {broken}: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.StartsWith(FirstDisc, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AModelThatAnotherRunLeft_IsNotAsked()
    {
        Copy("run", "stale");
        File.WriteAllBytes(_images.In("stale/model.onnx"), ExportedAs(new string('0', 64)));
        var stale = await CommandRun.OfAsync("predict", _images.In("stale"), FirstDisc);
        File.Delete(_images.In("stale/receipt.json")); // nothing says any more whose model it is
        var alone = await CommandRun.OfAsync("predict", _images.In("stale"), FirstDisc);

        Assert.Equal(await CommandRun.OfAsync("predict", _images.In("run"), FirstDisc), stale);
        Assert.Contains("only  100.0 %", alone.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheLimitOfPixels_IsTheRuns_UnlessAnotherIsGiven()
    {
        Copy("run", "small");
        var receipt = File.ReadAllText(_images.In("run/receipt.json"));
        Assert.Contains("\"maxPixels\": 50000000", receipt, StringComparison.Ordinal);
        File.WriteAllText(_images.In("small/receipt.json"), receipt.Replace("\"maxPixels\": 50000000", "\"maxPixels\": 1599", StringComparison.Ordinal));
        var file = _images.In("small.onnx");
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("small"), "--to", file)).ExitCode);

        foreach (var model in (string[])[file, _images.In("small")])
        {
            var refused = await CommandRun.OfAsync("predict", model, FirstDisc);
            var taken = await CommandRun.OfAsync("predict", model, FirstDisc, "--max-pixels", "1600");

            Assert.Equal(2, refused.ExitCode);
            Assert.Equal($"error: {FirstDisc}: 40 x 40 pixels, more than --max-pixels (in a run file: data.max_pixels), which is 1,599", Assert.Single(refused.ErrorLines));
            Assert.True(taken.ExitCode == 0, taken.Error);
        }
    }

    [Fact]
    public async Task LinksThatLeadRound_AddNothing()
    {
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("round.onnx"))).ExitCode);
        Directory.CreateDirectory(_images.In("round"));
        File.Copy(FirstDisc, _images.In("round/disc.png"));
        Directory.CreateSymbolicLink(_images.In("round/a"), ".");
        Directory.CreateSymbolicLink(_images.In("round/b"), ".");
        Directory.CreateDirectory(_images.In("round/c"));
        Directory.CreateSymbolicLink(_images.In("round/c/d"), "../../round");

        var run = await CommandRun.OfAsync("predict", _images.In("round.onnx"), _images.In("round/c"), _images.In("round"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(
            [_images.In("round/c/d/disc.png"), _images.In("round/disc.png")],
            run.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ")[0]));
    }

    [Theory]
    [InlineData("error: {0}/none: does not exist; an image file", "predict", "{0}/run", "{0}/none")]
    [InlineData("error: {0}/empty: is a folder without image files", "predict", "{0}/run", "{0}/empty")]
    [InlineData("error: {0}/no.onnx: does not exist; the folder of a finished run, or a model that dfreeze export wrote, would be right", "predict", "{0}/no.onnx", "{0}/images")]
    [InlineData("error: {0}/run/receipt.json: is damaged or no ONNX model", "predict", "{0}/run/receipt.json", "{0}/images")]
    [InlineData("error: {0}/images: must be the folder of a finished run: it has no receipt.json", "predict", "{0}/images", "{0}/images")]
    [InlineData("error: --weights: {0}/none.h5 does not exist", "predict", "{0}/run", "{0}/images", "--weights", "{0}/none.h5")]
    [InlineData("error: --weights: cannot stand beside a model that holds its weights", "predict", "{0}/run/receipt.json", "{0}/images", "--weights", "{0}/none.h5")]
    [InlineData("error: --max-pixels: must be a whole number from 1 to 1000000000, got '0'", "predict", "{0}/run", "{0}/images", "--max-pixels", "0")]
    [InlineData("error: {0}/images: must be the folder of a finished run", "export", "{0}/images")]
    [InlineData("error: --weights: {0}/none.h5 does not exist", "export", "{0}/run", "--weights", "{0}/none.h5")]
    [InlineData("error: --to: must be in a folder that exists: there is no {0}/none", "export", "{0}/run", "--to", "{0}/none/model.onnx")]
    [InlineData("error: --to: must be a file: {0}/empty is a folder", "export", "{0}/run", "--to", "{0}/empty")]
    public async Task WhatIsWrong_IsNamed(string error, params string[] args)
    {
        Directory.CreateDirectory(_images.In("empty"));

        var run = await CommandRun.OfAsync([.. args.Select(Here)]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(Here(error), Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("", run.Output);

        string Here(string text) => text.Replace("{0}", _images.In("").TrimEnd('/'), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WeightsThatAreElsewhereNow_AreAskedFor()
    {
        var receipt = File.ReadAllText(_images.In("run/receipt.json"));
        Assert.Contains("\"weights\": null", receipt, StringComparison.Ordinal);
        Directory.CreateDirectory(_images.In("moved"));
        File.Copy(_images.In("run/model.safetensors"), _images.In("moved/model.safetensors"));
        File.WriteAllText(_images.In("moved/receipt.json"), receipt.Replace("\"weights\": null", "\"weights\": \"/silo/base.h5\"", StringComparison.Ordinal));

        var run = await CommandRun.OfAsync("export", _images.In("moved"));

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("error: --weights: is needed: the run's base was /silo/base.h5, which is not here; name a copy of it", Assert.Single(run.ErrorLines));
    }

    private void Copy(string run, string to)
    {
        Directory.CreateDirectory(_images.In(to));
        foreach (var name in (string[])["model.safetensors", "receipt.json"])
        {
            File.Copy(_images.In($"{run}/{name}"), _images.In($"{to}/{name}"));
        }
    }

    /// <summary>A model that is sure of one class.</summary>
    private static byte[] ExportedAs(string modelSha256)
    {
        var graph = new OnnxGraph("g");
        graph.AddInput("images", OnnxType.Byte, OnnxGraph.AnyNumber, 40, 40, 3);
        graph.AddNode("Cast", ["images"], "floats", OnnxSetting.Whole("to", (long)OnnxType.Real));
        graph.AddNode("Transpose", ["floats"], "planes", new OnnxSetting("perm", 0, 3, 1, 2));
        graph.AddNode("GlobalAveragePool", ["planes"], "means");
        graph.AddNode("Flatten", ["means"], "pooled");
        graph.AddConstant("weights", [3, 1], values => values.Clear());
        graph.AddNode("MatMul", ["pooled", "weights"], "logits");
        graph.AddNode("Softmax", ["logits"], "probabilities", OnnxSetting.Whole("axis", 1));
        graph.AddOutput("probabilities", OnnxGraph.AnyNumber, 1);
        graph.AddMetadata("classes", """["only"]""");
        graph.AddMetadata("resize", "stretch");
        graph.AddMetadata("modelSha256", modelSha256);
        return graph.ToArray();
    }

    private string FirstDisc => Directory.EnumerateFiles(Path.Combine(_images.Path, "test", "disc")).Order(StringComparer.Ordinal).First();

    /// <summary>A run in the folder <c>run</c>.</summary>
    public sealed class TrainedImages : IAsyncLifetime
    {
        internal DrawnImages Images { get; } = new();

        public async ValueTask InitializeAsync() => Assert.Equal(0, (await CommandRun.EmbeddedAsync(Images.Train("run"))).ExitCode);

        public ValueTask DisposeAsync()
        {
            Images.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
