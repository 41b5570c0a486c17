using System.Text.Json.Nodes;
using DistributedFreeze.Coordination.Outputs;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze sweep</c>, from images to the best run.</summary>
[Slow(seconds: 30)]
public sealed class SweepTests : IDisposable
{
    private readonly DrawnImages _images = new();

    public void Dispose() => _images.Dispose();

    [Fact]
    public async Task TheBestTrial_IsARunThatCanBeVerified_AndTheSameSweepAgainTrainsNothing()
    {
        var file = Write();
        var text = await Sweep(file, "--output", _images.In("sweep"));
        Assert.True(text.ExitCode == 0, text.Error);
        var saved = await System.IO.File.ReadAllTextAsync(_images.In("sweep/sweep.json"), TestContext.Current.CancellationToken);
        var json = await Sweep(file, "--output", _images.In("sweep"), "--json");

        Assert.True(json.ExitCode == 0, json.Error);
        Assert.Equal(saved, json.Output.Trim()); // with the times of the first
        var document = JsonNode.Parse(json.Output)!;
        var trials = document["trials"]!.AsArray();
        Assert.Equal(["finished", "stopped", "stopped"], trials.Select(trial => trial!["result"]!["state"]!.GetValue<string>()));
        Assert.Equal(["0.0001", "1e-06", "1e-07"], trials.Select(trial => trial!["values"]![0]!.GetValue<string>()).Order(StringComparer.Ordinal));
        var name = trials[0]!["name"]!.GetValue<string>();
        var best = _images.Receipt("sweep/best");
        Assert.Equal(best.ModelSha256, trials[0]!["result"]!["modelSha256"]!.GetValue<string>());
        Assert.Equal((name, best.TestAccuracy), (document["best"]!["trial"]!.GetValue<string>(), document["best"]!["test"]!["accuracy"]!.GetValue<double>()));
        Assert.Equal(trials[0]!["score"]!.GetValue<double>(), best.Validation!.Loss);
        Assert.Matches($@"(?m)^ *{name} +{trials[0]!["values"]![0]} +\d+\.\d{{4}} +\d/3 +finished ", text.Output);
        Assert.Contains($"Best: {name}, kept in {_images.In("sweep/best")}", text.Output, StringComparison.Ordinal);

        var page = await System.IO.File.ReadAllTextAsync(_images.In("sweep/sweep.html"), TestContext.Current.CancellationToken);
        Assert.Contains("<svg id=\"field-0\" role=\"img\"", page, StringComparison.Ordinal);
        Assert.All(trials, trial => Assert.Contains($"<th scope=\"row\">{trial!["name"]}</th>", page, StringComparison.Ordinal));
        Assert.DoesNotContain("http:", page.Replace("http://www.w3.org/", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);

        var alone = await CommandRun.EmbeddedAsync("train", "-f", _images.In($"sweep/trials/{name}.yaml"));
        Assert.True(alone.ExitCode == 0, alone.Error);
        Assert.Equal(best.ModelSha256, _images.Receipt($"sweep/trials/{name}").ModelSha256);
        var verified = await CommandRun.OfAsync("verify", _images.In("sweep/best"));
        Assert.True(verified.ExitCode == 0, verified.Error);
    }

    [Fact]
    public async Task AnInterruptedSweep_KeepsWhatIsKnown_AndGoesOn()
    {
        var file = Write();
        var interrupted = await CommandRun.OfAsync(["sweep", "-f", file, "--output", _images.In("sweep")], (_, _) => Task.FromResult(0), new CancellationToken(canceled: true));

        Assert.Equal(130, interrupted.ExitCode);
        Assert.StartsWith("interrupted", interrupted.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_images.In(""), "*.tmp*", SearchOption.AllDirectories));

        var again = await Sweep(file, "--output", _images.In("sweep"), "--json");

        Assert.True(again.ExitCode == 0, again.Error);
    }

    [Fact]
    public async Task ASweepOfOtherImages_IsRefused_AndOneThatDiedBeforeItSaidWhatIsBest_TakesTheRunThatIsThere()
    {
        var file = Write();
        var first = await Sweep(file, "--output", _images.In("sweep"), "--json");
        Assert.True(first.ExitCode == 0, first.Error);
        var document = JsonNode.Parse(first.Output)!;
        document["best"] = null;
        _images.Write("sweep/sweep.json", document.ToJsonString());

        var again = await Sweep(file, "--output", _images.In("sweep"), "--json");
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Equal(first.Output, again.Output);

        Directory.Move(_images.In("sweep"), _images.In("moved"));
        var moved = await Sweep(file, "--output", _images.In("moved"), "--json");
        Assert.Equal(_images.In("moved/best"), JsonNode.Parse(moved.Output)!["best"]!["output"]!.GetValue<string>());
        Directory.Move(_images.In("moved"), _images.In("sweep"));

        document["trials"]![0]!["result"]!["modelSha256"] = new string('0', 64);
        _images.Write("sweep/sweep.json", document.ToJsonString());
        var another = await Sweep(file, "--output", _images.In("sweep"));
        Assert.Equal(2, another.ExitCode);
        Assert.Matches($"^error: --output: holds another run than that of {document["trials"]![0]!["name"]}, .*remove {_images.In("sweep/best")}, ", another.ErrorLines[^1]);

        _images.Write("sweep/sweep.json", first.Output);
        var images = Directory.GetFiles(_images.Path, "*", SearchOption.AllDirectories).Where(image => image.Contains("val", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        System.IO.File.Copy(images[0], images[^1], overwrite: true);
        var others = await Sweep(file, "--output", _images.In("sweep"));
        Assert.Equal(2, others.ExitCode);
        Assert.StartsWith($"error: --output: must be a new or empty folder: the images in {_images.Path}, or how they are divided, are others than when trial-001 was trained", Assert.Single(others.ErrorLines, IsError), StringComparison.Ordinal);
        Assert.Equal(first.Output, await System.IO.File.ReadAllTextAsync(_images.In("sweep/sweep.json"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("twice", "it has a trial twice")]
    [InlineData("phase", "what it says of trial-00")]
    [InlineData("key", "it has a trial without a key or a result")]
    public async Task AnImpossibleSweepJson_IsRefused(string what, string expected)
    {
        var file = Write();
        await CommandRun.OfAsync(["sweep", "-f", file, "--output", _images.In("sweep")], (_, _) => Task.FromResult(0), new CancellationToken(canceled: true));
        var document = JsonNode.Parse(await System.IO.File.ReadAllTextAsync(_images.In("sweep/sweep.json"), TestContext.Current.CancellationToken))!;
        var trials = document["trials"]!.AsArray();
        switch (what)
        {
            case "twice":
                trials.Add(trials[0]!.DeepClone());
                break;
            case "key":
                trials[0]!["key"] = null;
                break;
            default:
                trials[0]!["result"]!["epochs"] = JsonNode.Parse("""[{"phase": 7, "epoch": 0, "trainLoss": 1, "trainAccuracy": 1, "seconds": 1, "imagesPerSecond": 1}]""");
                break;
        }

        _images.Write("sweep/sweep.json", document.ToJsonString());

        var run = await Sweep(file, "--output", _images.In("sweep"));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: --output: holds {_images.In("sweep/sweep.json")}, which cannot be read: {expected}", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataOfALaterTrialThatAreMissing_AreRefusedBeforeAnythingTrains()
    {
        var file = _images.Write("data.yaml", $$"""
            run:
              data: {image_size: 40}
              model: {random_weights: true}
              batch_size: 8
              phases: [{epochs: 1}]
            vary:
              data.path: [{{_images.Path}}, {{_images.In("missing")}}]
            """);

        var run = await Sweep(file, "--output", _images.In("sweep"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("missing", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.False(Directory.Exists(_images.In("sweep")));
    }

    [Fact]
    public async Task AFolderThatAnotherSweepWritesInto_IsRefusedAtOnce()
    {
        Directory.CreateDirectory(_images.In("sweep"));
        using var other = new OutputFolder(_images.In("sweep")).TryHold();

        var run = await Sweep(Write(), "--output", _images.In("sweep"));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: --output: must be a folder of this sweep alone", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_images.In("sweep")));
    }

    [Fact]
    public async Task ASweepThatCannotBegin_LeavesNoFolderBehind()
    {
        var file = Write();
        System.IO.Directory.Delete(_images.Path, recursive: true);

        var run = await Sweep(file, "--output", _images.In("new/sweep"));

        Assert.Equal(2, run.ExitCode);
        Assert.False(Directory.Exists(_images.In("new")));
    }

    [Fact]
    public async Task AFolderOfAnotherSweep_IsRefused()
    {
        System.IO.Directory.CreateDirectory(_images.In("sweep"));
        _images.Write("sweep/notes.txt", "mine");

        var run = await Sweep(Write(), "--output", _images.In("sweep"));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: --output: must be a new or empty folder", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "error: --file: is missing")]
    [InlineData("run: {phases: [{}], data: {path: x}}\nvary: {seed: [1]}", "error: --output: is missing")]
    public async Task WhatIsMissing_IsNamed(string text, string expected)
    {
        var run = text.Length == 0 ? await CommandRun.OfAsync("sweep") : await Sweep(_images.Write("bad.yaml", text));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private string Write() => _images.Write(
        "sweep.yaml",
        $$"""
        run:
          data: {path: {{_images.Path}}, image_size: 40}
          model: {random_weights: true}
          features: {directory: {{_images.In("cache")}}}
          batch_size: 8
          phases: [{epochs: 3}]
        vary:
          phases[0].learning_rate: [0.0001, 1e-06, 1e-07]
        metric: loss
        halving: {from_epoch: 1, factor: 3}
        """);

    private static bool IsError(string line) => line.StartsWith("error:", StringComparison.Ordinal);

    private static Task<CommandRun> Sweep(string file, params string[] more) => CommandRun.OfAsync(["sweep", "-f", file, .. more]);
}
