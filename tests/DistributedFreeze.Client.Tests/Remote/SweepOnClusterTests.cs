using System.Text.Json.Nodes;
using DistributedFreeze.Client.Tests.Commands;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary><c>dfreeze sweep</c> with a silo in a process of its own.</summary>
[Slow]
public sealed class SweepOnClusterTests : IAsyncLifetime
{
    private readonly DrawnImages _images = new();
    private SiloProcess _silo = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_images.In("outputs"));
        _silo = await SiloProcess.StartAsync($"DataRoots:0={_images.Path}", $"OutputRoots:0={_images.In("outputs")}");
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _images.Dispose();
    }

    [Fact]
    public async Task EveryTrialIsARun_WithTheScoreAndTheModelThatItHasOnThisMachine_AndTheSameSweepAgainStartsNothing()
    {
        var local = await CommandRun.OfAsync("sweep", "-f", Write("local.yaml", _images.Path), "--output", _images.In("local"), "--json");
        Assert.True(local.ExitCode == 0, local.Error);
        var file = Write("heads.yaml", ".");

        var remote = await CommandRun.OfAsync("sweep", "-f", file, "--cluster", _silo.Gateway, "--json");
        var again = await CommandRun.OfAsync("sweep", "-f", file, "--cluster", _silo.Gateway, "--output", _images.In("page"));
        var listed = await CommandRun.OfAsync("runs", "--cluster", _silo.Gateway, "--label", "sweep=heads", "--json");

        Assert.True(remote.ExitCode == 0, remote.Error);
        Assert.True(again.ExitCode == 0, again.Error);
        var document = JsonNode.Parse(remote.Output)!;
        Assert.Equal(Models(JsonNode.Parse(local.Output)!), Models(document));
        var best = document["trials"]![0]!;
        Assert.Equal((best["name"]!.GetValue<string>(), best["result"]!["modelSha256"]!.GetValue<string>()), (document["best"]!["trial"]!.GetValue<string>(), document["best"]!["modelSha256"]!.GetValue<string>()));
        Assert.Equal(best["result"]!["modelSha256"]!.GetValue<string>(), _images.Receipt($"outputs/heads/{best["name"]}").ModelSha256);
        Assert.EndsWith($"Next: dfreeze download {best["runId"]}{Environment.NewLine}", again.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("stopped", again.Output, StringComparison.Ordinal); // nothing halves
        Assert.True(File.Exists(_images.In("page/sweep.html")));
        Assert.All(document["trials"]!.AsArray(), trial => Assert.Contains(trial!["runId"]!.GetValue<string>(), listed.Output, StringComparison.Ordinal));
        Assert.Equal(3, Directory.GetDirectories(_images.In("outputs/heads")).Length);
    }

    [Fact]
    public async Task Halving_StopsTheTrialsThatItStopsOnThisMachine_WithTheSameTable_AndTheirRunsSayWhy()
    {
        const string Halving = "halving: {from_epoch: 1, factor: 2}";
        var local = await CommandRun.OfAsync("sweep", "-f", Write("halved-here.yaml", _images.Path, Halving), "--output", _images.In("local"), "--json");
        Assert.True(local.ExitCode == 0, local.Error);
        var file = Write("halved.yaml", ".", Halving);

        var remote = await CommandRun.OfAsync("sweep", "-f", file, "--cluster", _silo.Gateway, "--json");
        var again = await CommandRun.OfAsync("sweep", "-f", file, "--cluster", _silo.Gateway, "--output", _images.In("page"));

        Assert.True(remote.ExitCode == 0, remote.Error);
        Assert.True(again.ExitCode == 0, again.Error);
        var document = JsonNode.Parse(remote.Output)!;
        Assert.Equal(Models(JsonNode.Parse(local.Output)!), Models(document));
        Assert.Equal(["finished", "finished", "stopped"], document["trials"]!.AsArray().Select(trial => trial!["result"]!["state"]!.GetValue<string>()));
        var stopped = document["trials"]![2]!;
        Assert.Single(stopped["result"]!["epochs"]!.AsArray());
        var shown = await CommandRun.OfAsync("show", stopped["runId"]!.GetValue<string>(), "--cluster", _silo.Gateway);
        Assert.Contains("Cancelled: it was not among the 2 of 3 trials of sweep halved that go on after 1 epoch.", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Cancelled", again.Output, StringComparison.Ordinal); // it lagged behind, which the table says
        Assert.Contains("Trials that were stopped lagged behind", again.Output, StringComparison.Ordinal);
        Assert.Equal(document["best"]!["modelSha256"]!.GetValue<string>(), _images.Receipt($"outputs/halved/{document["best"]!["trial"]}").ModelSha256);
    }

    private string Write(string name, string data, string more = "") => _images.Write(
        name,
        $$"""
        run:
          data: {path: {{data}}, image_size: 40}
          model: {random_weights: true}
          batch_size: 8
          phases: [{epochs: 2}]
        vary:
          phases[0].learning_rate: [0.0001, 1e-06, 1e-07]
        metric: loss
        {{more}}
        """);

    private static IEnumerable<string> Models(JsonNode document) =>
        document["trials"]!.AsArray().Select(trial => $"{trial!["name"]} {trial["score"]} {trial["epoch"]} {trial["result"]!["state"]} {trial["result"]!["modelSha256"]}");
}
