using System.Globalization;
using System.Text.Json.Nodes;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Training.Onnx;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze evaluate</c>, from a run to its figures.</summary>
[Slow(seconds: 45)]
public sealed class EvaluateTests(ExportTests.TrainedImages trained) : IClassFixture<ExportTests.TrainedImages>
{
    private readonly DrawnImages _images = trained.Images;

    [Fact]
    public async Task TheFigures_FollowFromWhatPredictSays_AndAgreeWithTheReceipt()
    {
        var test = Path.Combine(_images.Path, "test");
        var predicted = (await CommandRun.OfAsync("predict", _images.In("run"), test, "--json")).Output
            .Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();

        var run = await CommandRun.OfAsync("evaluate", _images.In("run"), "--json", "--output", _images.In("figures"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("", run.Error);
        var document = JsonNode.Parse(run.Output)!;
        var losses = predicted.Select(image => -Math.Log(Math.Max(image["probabilities"]![FolderOf(image["path"])]!.GetValue<float>(), ProbabilityScores.Epsilon)));
        Assert.Equal(losses.Average(), document["loss"]!.GetValue<double>(), 1e-6);
        Assert.Equal(predicted.Count(image => FolderOf(image["path"]) == image["class"]!.GetValue<string>()) / 8.0, document["accuracy"]!.GetValue<double>());
        var receipt = _images.Receipt("run");
        Assert.Equal(receipt.TestAccuracy!.Value, document["accuracy"]!.GetValue<double>());
        Assert.Equal(
            receipt.Test!.Classes.Select(one => (one.Class, one.F1, one.Support)),
            document["classes"]!.AsArray().Select(one => (one!["class"]!.GetValue<string>(), one["f1"]!.GetValue<double>(), one["support"]!.GetValue<long>())));
        Assert.Equal((receipt.Test.AccuracyLow, receipt.Test.AccuracyHigh), (document["accuracyInterval"]!["low"]!.GetValue<double>(), document["accuracyInterval"]!["high"]!.GetValue<double>()));
        Assert.Equal(receipt.ModelSha256, document["model"]!["modelSha256"]!.GetValue<string>());
        Assert.Equal(("test", true, 8), (document["data"]!["split"]!.GetValue<string>(), document["data"]!["areTheRuns"]!.GetValue<bool>(), document["data"]!["images"]!.GetValue<int>()));
        Assert.Equal(8, document["confusion"]!.AsArray().Sum(row => row!.AsArray().Sum(count => count!.GetValue<long>())));

        var kept = JsonNode.Parse(await File.ReadAllTextAsync(_images.In("figures/evaluation.json"), TestContext.Current.CancellationToken));
        Assert.True(JsonNode.DeepEquals(document, kept));
        Assert.Equal(["confusion.csv", "evaluation.json", "predictions.csv", "report.html"], FilesIn("figures"));
        var rows = (await File.ReadAllLinesAsync(_images.In("figures/predictions.csv"), TestContext.Current.CancellationToken)).Select(row => row.Split(',')).ToList();
        Assert.Equal(["image", "class", "answer", "correct", "disc", "square", "stripes", "triangle"], rows[0]);
        Assert.Equal(
            predicted.Select(image => $"{image["class"]} {image["probabilities"]!["disc"]!.GetValue<float>().ToString("R", CultureInfo.InvariantCulture)}"),
            rows.Skip(1).Select(row => $"{row[2]} {row[4]}"));
        Assert.Equal("class,disc,square,stripes,triangle", (await File.ReadAllLinesAsync(_images.In("figures/confusion.csv"), TestContext.Current.CancellationToken))[0]);
    }

    [Fact]
    public async Task APerson_SeesTheAccuracyWithItsInterval_EveryClass_AndWhatIsWrong()
    {
        var run = await CommandRun.OfAsync("evaluate", _images.In("run"), "--split", "train");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains($"split train of {_images.Path}: 20 of 4 classes", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^accuracy \d+\.\d % \(\d+\.\d to \d+\.\d\)  balanced \d+\.\d %  top 3 \d+\.\d %$", run.Output);
        Assert.Matches(@"(?m)^ *triangle +[01]\.\d{4} +[01]\.\d{4} +[01]\.\d{4} +[01]\.\d{4} +5 *$", run.Output);
        Assert.Matches(@"(?m)^ *Class \\ answer +disc +square +stripes +triangle *$", run.Output);
    }

    [Fact]
    public async Task AModelAlone_IsTriedOnAFolder_AsOnTheRunsOwn()
    {
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("alone.onnx"))).ExitCode);

        var own = await FiguresAsync(_images.In("run"));
        var named = await FiguresAsync(_images.In("alone.onnx"), _images.Path);
        var plain = await FiguresAsync(_images.In("alone.onnx"), Path.Combine(_images.Path, "test"));
        var moved = await FiguresAsync(_images.In("run"), Path.Combine(_images.Path, "test"));

        foreach (var other in (JsonNode[])[named, plain, moved])
        {
            Assert.Equal(own["loss"]!.GetValue<double>(), other["loss"]!.GetValue<double>());
            Assert.True(JsonNode.DeepEquals(own["classes"], other["classes"]));
        }

        Assert.Equal("test", named["data"]!["split"]!.GetValue<string>());
        Assert.Null(plain["data"]!["split"]);
        Assert.Null(moved["data"]!["areTheRuns"]);
    }

    [Fact]
    public async Task AnImageThatCannotBeRead_IsNamedAndLeftOut()
    {
        CopyOf("broken");
        File.WriteAllText(_images.In("broken/disc/zzz.png"), "no image");

        var run = await CommandRun.OfAsync("evaluate", _images.In("run"), _images.In("broken"), "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.StartsWith($"warning: {_images.In("broken/disc/zzz.png")}: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        var data = JsonNode.Parse(run.Output)!["data"]!;
        Assert.Equal((8, 1), (data["images"]!.GetValue<int>(), data["unreadable"]!.GetValue<int>()));
    }

    [Fact]
    public async Task ClassesThatTheModelDoesNotKnow_AreNamed()
    {
        CopyOf("other");
        Directory.Move(_images.In("other/disc"), _images.In("other/Disc"));
        Directory.Move(_images.In("other/square"), _images.In("other/box"));

        var run = await CommandRun.OfAsync("evaluate", _images.In("run"), _images.In("other"));

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(
            $"error: DATA: {_images.In("other")} has the classes 'Disc' and 'box', which the model does not know; it knows 'disc', 'square', 'stripes' and 'triangle'",
            Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task AClassWithoutImages_HasNoArea()
    {
        CopyOf("fewer");
        Directory.Delete(_images.In("fewer/square"), recursive: true);

        var figures = await FiguresAsync(_images.In("run"), _images.In("fewer"));

        Assert.Null(figures["classes"]![1]!["rocAuc"]);
        Assert.Equal(0, figures["classes"]![1]!["support"]!.GetValue<int>());
        Assert.NotNull(figures["macroRocAuc"]);
    }

    [Fact]
    public async Task ImagesThatCameSinceTheRun_AreWarnedOf()
    {
        Directory.CreateDirectory(_images.In("changed"));
        File.Copy(_images.In("run/model.safetensors"), _images.In("changed/model.safetensors"));
        File.WriteAllText(_images.In("changed/receipt.json"), File.ReadAllText(_images.In("run/receipt.json"))
            .Replace(_images.Receipt("run").DataSha256, new string('0', 64), StringComparison.Ordinal));

        var run = await CommandRun.OfAsync("evaluate", _images.In("changed"), "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal($"warning: the images in {_images.Path} have changed since the run: the model may have been trained on some of these", Assert.Single(run.ErrorLines));
        Assert.False(JsonNode.Parse(run.Output)!["data"]!["areTheRuns"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("error: --split: must be train, val or test, got 'all'", "{0}/run", "--split", "all")]
    [InlineData("error: DATA: '{0}/none' does not exist", "{0}/run", "{0}/none")]
    [InlineData("error: DATA: is needed: a model alone does not say", "{0}/model-alone.onnx")]
    [InlineData("error: DATA: '{0}/images/test' has no folder for a split", "{0}/run", "{0}/images/test", "--split", "test")]
    [InlineData("error: DATA: '{0}/only-test' has no folder for val, only test", "{0}/run", "{0}/only-test", "--split", "val")]
    [InlineData("error: --output: cannot be written", "{0}/run", "--output", "{0}/run/receipt.json")]
    [InlineData("error: {0}/images: must be the folder of a finished run", "{0}/images")]
    [InlineData("error: --max-pixels: must be a whole number", "{0}/run", "--max-pixels", "0")]
    public async Task WhatIsWrong_IsNamed(string error, params string[] args)
    {
        Directory.CreateDirectory(_images.In("only-test/test/disc"));
        File.WriteAllBytes(_images.In("model-alone.onnx"), AnyModel("a", "b", "c"));

        var run = await CommandRun.OfAsync([.. args.Select(Here).Prepend("evaluate")]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(Here(error), Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("", run.Output);

        string Here(string text) => text.Replace("{0}", _images.In("").TrimEnd('/'), StringComparison.Ordinal);
    }

    private static async Task<JsonNode> FiguresAsync(params string[] args)
    {
        var run = await CommandRun.OfAsync(["evaluate", .. args, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return JsonNode.Parse(run.Output)!;
    }

    private static string FolderOf(JsonNode? path) => Path.GetFileName(Path.GetDirectoryName(path!.GetValue<string>()))!;

    private IEnumerable<string> FilesIn(string folder) => Directory.EnumerateFiles(_images.In(folder)).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal);

    /// <summary>The test images as class folders alone.</summary>
    private void CopyOf(string name)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_images.Path, "test"), "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(_images.In(name), Path.GetRelativePath(Path.Combine(_images.Path, "test"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }

    /// <summary>A model that answers by an image's mean colour.</summary>
    internal static byte[] AnyModel(params string[] classes)
    {
        var graph = new OnnxGraph("g");
        graph.AddInput("images", OnnxType.Byte, OnnxGraph.AnyNumber, 40, 40, 3);
        graph.AddNode("Cast", ["images"], "floats", OnnxSetting.Whole("to", (long)OnnxType.Real));
        graph.AddNode("Transpose", ["floats"], "planes", new OnnxSetting("perm", 0, 3, 1, 2));
        graph.AddNode("GlobalAveragePool", ["planes"], "means");
        graph.AddNode("Flatten", ["means"], "logits");
        graph.AddNode("Softmax", ["logits"], "probabilities", OnnxSetting.Whole("axis", 1));
        graph.AddOutput("probabilities", OnnxGraph.AnyNumber, 3);
        graph.AddMetadata("classes", System.Text.Json.JsonSerializer.Serialize(classes));
        graph.AddMetadata("resize", "stretch");
        return graph.ToArray();
    }
}
