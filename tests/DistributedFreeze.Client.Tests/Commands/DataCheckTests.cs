using System.Text.Json.Nodes;
using SkiaSharp;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze data check</c>, with and without a base.</summary>
[Slow(seconds: 10)]
public sealed class DataCheckTests : IDisposable
{
    private readonly DrawnImages _images = new();
    private readonly string _train;

    public DataCheckTests()
    {
        _train = Directory.GetDirectories(Path.Combine(_images.Path, "train"))[0];
        var test = Path.Combine(_images.Path, "test", Path.GetFileName(_train));
        var first = Directory.GetFiles(_train).Order(StringComparer.Ordinal).First();
        File.Copy(first, Path.Combine(test, "copy.png"));

        // A copy that somebody saved as JPEG: other bytes, and nearly the same pixels.
        using var bitmap = SKBitmap.Decode(Directory.GetFiles(_train).Order(StringComparer.Ordinal).ElementAt(1));
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        File.WriteAllBytes(Path.Combine(test, "saved.jpg"), data.ToArray());
    }

    public void Dispose() => _images.Dispose();

    [Fact]
    public async Task WithoutABase_FilesAloneAreLookedAt()
    {
        var run = await CommandRun.OfAsync("data", "check", _images.Path);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(": 34 images of 4 classes", Lines(run)[0], StringComparison.Ordinal);
        Assert.Contains("Duplicates: 2 images in 1 group, 1 across splits and 0 across classes, of the same content within a group", Lines(run));
        Assert.Equal("Near duplicates and labels were not looked at: these take --weights FILE.", Lines(run)[^1]);
    }

    [Fact]
    public async Task SharesOfASplitByContent_AreSaid()
    {
        var run = await CommandRun.OfAsync("data", "check", Path.GetDirectoryName(_train)!, "--split", "80/10/10");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Matches(@"Split 80/10/10 by content came out as [0-9]+\.[0-9]/[0-9]+\.[0-9]/[0-9]+\.[0-9] %", run.Output);
        Assert.DoesNotContain(" across splits", run.Output.Replace("0 across splits", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunForAGpu_IsCheckedOnTheProcessorWhereThereIsNone_WhichIsSaid()
    {
        await File.WriteAllTextAsync(_images.In("run.yaml"), "precision: tf32\n", TestContext.Current.CancellationToken);

        var run = await CommandRun.OfAsync(Check("--file", _images.In("run.yaml"), "--json"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(JsonNode.Parse(run.Output)!["warnings"]!.AsArray(), warning => warning!.GetValue<string>().StartsWith("The run is for a GPU, and libtorch finds none here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithABase_NearDuplicatesAreFound_AndOnePageShowsThem()
    {
        var run = await CommandRun.OfAsync(Check("--json", "--report", _images.In("check.html")));

        Assert.True(run.ExitCode == 0, run.Error);
        var document = JsonNode.Parse(run.Output)!;
        Assert.Contains(document["nearDuplicates"]!.AsArray(), group => group!["images"]!.AsArray().Any(image => image!["path"]!.GetValue<string>().EndsWith("saved.jpg", StringComparison.Ordinal)) && group["crossesSplits"]!.GetValue<bool>());
        Assert.NotNull(document["labels"]);
        Assert.Equal("test", document["duplicates"]![0]!["images"]![0]!["split"]!.GetValue<string>());
        var page = await File.ReadAllTextAsync(_images.In("check.html"), TestContext.Current.CancellationToken);
        Assert.Contains("saved.jpg", page, StringComparison.Ordinal);
        Assert.Contains("src=\"data:image/jpeg;base64,", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("error: DIR: is needed: name the folder of images, or a run file that does with --file")]
    [InlineData("error: DIR: '/nowhere' does not exist", "/nowhere")]
    [InlineData("error: --report: must be in a folder that exists: there is no /nowhere", ".", "--report", "/nowhere/check.html")]
    public async Task WhatIsWrong_IsNamed(string error, params string[] args)
    {
        var run = await CommandRun.OfAsync(["data", "check", .. args]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(error, run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task ARunFile_NamesTheFolder()
    {
        var run = await CommandRun.OfAsync("data", "check", "-f", _images.Write("run.yaml", "data: {path: images, image_size: 40}\noutput: out\n"), "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(_images.Path, JsonNode.Parse(run.Output)!["path"]!.GetValue<string>());
        Assert.False(Directory.Exists(_images.In("out")));
    }

    private static string[] Lines(CommandRun run) => run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string[] Check(params string[] more) =>
        ["data", "check", _images.Path, "--random-weights", "--image-size", "40", "--cache-dir", _images.In("cache"), .. more];
}
