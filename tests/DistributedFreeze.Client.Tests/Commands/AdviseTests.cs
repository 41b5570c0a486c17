using System.Text.Json.Nodes;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze advise</c>, from images to a run that can be trained.</summary>
[Slow(seconds: 40)]
public sealed class AdviseTests : IDisposable
{
    private const string File = """
        data: {image_size: 40}
        model: {random_weights: true}
        batch_size: 8
        phases:
          - {epochs: 2}
          - {stage: conv5, epochs: 1}
        """;

    private readonly DrawnImages _images = new();

    public void Dispose() => _images.Dispose();

    [Fact]
    public async Task TheRecommendedRun_CanBePlanned_AndTheTableIsTheSameAgain()
    {
        var text = await CommandRun.OfAsync(Advise("--write", _images.In("advised.yaml"), "--report", _images.In("advice.html"), "--replicas", "1"));
        var json = await CommandRun.OfAsync(Advise("--json", "--replicas", "2"));

        Assert.True(text.ExitCode == 0, text.Error);
        Assert.True(json.ExitCode == 0, json.Error);
        var document = JsonNode.Parse(json.Output)!;
        Assert.Equal(18, document["depths"]!.AsArray().Count);
        Assert.Equal(17, document["gradients"]!.AsArray().Count);
        Assert.All(document["gradients"]!.AsArray(), block => Assert.Matches($@"(?m)^ *{block!["name"]} .* \d+ %", text.Output));
        Assert.Equal((4, true), (document["heldOutImages"]!.GetValue<int>(), document["areValidation"]!.GetValue<bool>()));
        var recommended = document["recommendation"]!;
        Assert.Contains($"Recommended: {recommended["candidate"]}. {recommended["reason"]}", text.Output, StringComparison.Ordinal);
        foreach (var candidate in document["candidates"]!.AsArray())
        {
            var accuracy = FormattableString.Invariant($"{100 * candidate!["score"]!["value"]!.GetValue<double>():F1}");
            Assert.Matches($@"(?m)^ *{candidate["name"]} .* {candidate["epochs"]}/{candidate["fullEpochs"]} +{accuracy} \(", text.Output);
        }

        var page = await System.IO.File.ReadAllTextAsync(_images.In("advice.html"), TestContext.Current.CancellationToken);
        Assert.All((string[])["gains", "depths", "gradients"], figure => Assert.Contains($"<svg id=\"{figure}\" role=\"img\"", page, StringComparison.Ordinal));
        Assert.Contains($"<h1>Recommended: {recommended["candidate"]}</h1>", page, StringComparison.Ordinal);
        Assert.All(document["candidates"]!.AsArray(), candidate => Assert.Contains($">{candidate!["name"]}</text>", page, StringComparison.Ordinal));
        Assert.DoesNotContain("http:", page.Replace("http://www.w3.org/", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith($"Next: dfreeze train -f {_images.In("advised.yaml")}{Environment.NewLine}", text.Output, StringComparison.Ordinal);
        var plan = await CommandRun.OfAsync("plan", "-f", _images.In("advised.yaml"), "--json");
        Assert.True(plan.ExitCode == 0, plan.Error);
        Assert.Contains($"output: \"{_images.In("advised")}\"", await System.IO.File.ReadAllTextAsync(_images.In("advised.yaml"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_images.In("advised")));
    }

    [Fact]
    public async Task AnInterruptedQuestion_EndsAsAnInterruptedRunDoes()
    {
        var run = await CommandRun.OfAsync(Advise(), (_, _) => Task.FromResult(0), new CancellationToken(canceled: true));

        Assert.Equal(130, run.ExitCode);
        Assert.Equal("interrupted", run.ErrorLines[^1]);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("error: --metric: must be accuracy, balanced-accuracy, macro-f1 or loss, got 'recall'", "--metric", "recall")]
    [InlineData("error: --budget: must be a number with s, m or h behind it, such as 90s or 10m, got '10'", "--budget", "10")]
    [InlineData("error: --budget: must be a number with s, m or h behind it, such as 90s or 10m, got '-1m'", "--budget", "-1m")]
    [InlineData("error: --folds: must be a whole number from 2 to 10, got '1'", "--folds", "1")]
    [InlineData("error: --max-model: must be a number of bytes such as 500K or 5M, got 'small'", "--max-model", "small")]
    [InlineData("error: --max-model: must be at least 32.8 kB, the size of the head alone, got 1.0 kB", "--max-model", "1K")]
    [InlineData("error: --write: must be in a folder that exists: there is no /nowhere", "--write", "/nowhere/run.yaml")]
    [InlineData("error: --report: must be a file: / is a folder", "--report", "/")]
    [InlineData("error: --batch: is 7, but must be a multiple of shards", "--batch", "7")]
    public async Task WhatIsWrong_IsNamed(string error, params string[] args)
    {
        var run = await CommandRun.OfAsync(Advise(args));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(error, run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    private string[] Advise(params string[] more) =>
    [
        "advise", "-f", _images.Write("run.yaml", File), "--data", _images.Path, "--cache-dir", _images.In("cache"), .. more,
    ];
}
