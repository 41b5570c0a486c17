using System.Text.Json.Nodes;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze lr-find</c>, from images to a line of a run file.</summary>
[Slow(seconds: 10)]
public sealed class LrFindTests : IDisposable
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
    public async Task Suggestion_IsSaidAsALineOfARunFile_AndIsTheSameAgain()
    {
        var text = await CommandRun.OfAsync(Find("--report", _images.In("rates.html"), "--replicas", "1"));
        var json = await CommandRun.OfAsync(Find("--json", "--replicas", "2"));

        Assert.True(text.ExitCode == 0, text.Error);
        Assert.True(json.ExitCode == 0, json.Error);
        var document = JsonNode.Parse(json.Output)!;
        var points = document["points"]!.AsArray();
        Assert.Equal(1e-7, points[0]!["rate"]!.GetValue<double>());
        var suggested = Cli.Rates.RateText.Rate(document["suggested"]!.GetValue<double>());
        Assert.Contains($"Run file: `phases[0].optimizer.learning_rate: {suggested}`; as an option: --lr {suggested}", text.Output, StringComparison.Ordinal);
        Assert.Single(text.Output.Split('\n'), line => line.EndsWith("<- suggested", StringComparison.Ordinal));
        var page = await System.IO.File.ReadAllTextAsync(_images.In("rates.html"), TestContext.Current.CancellationToken);
        Assert.Contains($"<h1>Learning rate: {suggested}</h1>", page, StringComparison.Ordinal);
        Assert.Contains("<svg id=\"rates\" role=\"img\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.False(Directory.Exists("run"));
    }

    [Theory]
    [InlineData("error: --steps: must be a whole number from 20 to 10000, got '3'", "--steps", "3")]
    [InlineData("error: --min-lr: must be a rate from 1e-12 to 100, got '0'", "--min-lr", "0")]
    [InlineData("error: --max-lr: must be a rate from 1e-12 to 100, got '1000'", "--max-lr", "1000")]
    [InlineData("error: --max-lr: must be more than --min-lr, got '1e-8'", "--max-lr", "1e-8")]
    [InlineData("error: --report: must be in a folder that exists: there is no /nowhere", "--report", "/nowhere/rates.html")]
    [InlineData("error: --batch: is 7, but must be a multiple of shards", "--batch", "7")]
    public async Task WhatIsWrong_IsNamed(string error, params string[] args)
    {
        var run = await CommandRun.OfAsync(Find(args));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(error, run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData(0.0023456, "0.0023")]
    [InlineData(9.96, "10")]
    [InlineData(1.26e-7, "0.00000013")]
    public void Rate_HasTwoDigits(double rate, string text) => Assert.Equal(text, Cli.Rates.RateText.Rate(rate));

    private string[] Find(params string[] more) =>
    [
        "lr-find", "-f", _images.Write("run.yaml", File), "--data", _images.Path, "--cache-dir", _images.In("cache"), .. more,
    ];
}
