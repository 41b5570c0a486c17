using System.Text.Json.Nodes;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze compare</c>: what differs between runs, and whether it matters.</summary>
[Slow(seconds: 30)]
public sealed class CompareTests(ExportTests.TrainedImages trained) : IClassFixture<ExportTests.TrainedImages>
{
    private readonly DrawnImages _images = trained.Images;

    [Fact]
    public async Task RunsAreShownBesideEachOther_AndPairedOnTheirTestImages()
    {
        Assert.Equal(0, (await CommandRun.EmbeddedAsync(_images.Train("longer", epochs: 3, "--seed", "1"))).ExitCode);

        var text = await CommandRun.OfAsync("compare", _images.In("run"), _images.In("longer"));
        var json = await CommandRun.OfAsync("compare", _images.In("run"), _images.In("longer"), "--json");

        Assert.True(text.ExitCode == 0, text.Error);
        Assert.Matches(@"(?m)^ *phases\[0\]\.epochs +2 +3 *$", text.Output);
        Assert.Matches(@"On the same 8 test images:\s+\S+ against \S+: \d+ right that were wrong, \d+ wrong that were right; p = [\d.]+, (not distinguishable|a difference)", text.Output);
        Assert.True(json.ExitCode == 0, json.Error);
        var document = JsonNode.Parse(json.Output)!;
        Assert.Equal(
            ["phases[0].epochs", "seed"],
            document["differences"]!.AsArray().Select(difference => difference!["field"]!.GetValue<string>()));
        Assert.Equal(
            ((string[])["run", "longer"]).Select(run => _images.Receipt(run).TestAccuracy!.Value),
            document["runs"]!.AsArray().Select(run => run!["accuracy"]!.GetValue<double>()));
        var pair = Assert.Single(document["pairs"]!.AsArray())!;
        Assert.Equal(
            8 * (_images.Receipt("longer").TestAccuracy!.Value - _images.Receipt("run").TestAccuracy!.Value),
            pair["onlySecond"]!.GetValue<long>() - pair["onlyFirst"]!.GetValue<long>());
    }

    [Fact]
    public async Task ARunAndItself_AreNotDistinguishable()
    {
        var run = await CommandRun.OfAsync("compare", _images.In("run"), _images.In("run"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("0 right that were wrong, 0 wrong that were right; p = 1, not distinguishable", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunsWithOtherImages_AreRefused()
    {
        Directory.CreateDirectory(_images.In("elsewhere"));
        File.WriteAllText(_images.In("elsewhere/receipt.json"), File.ReadAllText(_images.In("run/receipt.json"))
            .Replace(_images.Receipt("run").DataSha256, new string('0', 64), StringComparison.Ordinal));

        var run = await CommandRun.OfAsync("compare", _images.In("run"), _images.In("elsewhere"));
        var alone = await CommandRun.OfAsync("compare", _images.In("run"));

        Assert.Equal((2, 2), (run.ExitCode, alone.ExitCode));
        Assert.StartsWith($"error: {_images.In("elsewhere")}: has other images or splits than {_images.In("run")}", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("error: RUN: must be given at least twice: one run has nothing to be compared with", Assert.Single(alone.ErrorLines));
    }
}
