using System.Text.Json.Nodes;
using DistributedFreeze.Advice;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary><c>dfreeze advise</c> with a silo in a process of its own.</summary>
[Slow(seconds: 60)]
public sealed class AdviseOnClusterTests : IAsyncLifetime
{
    private readonly DrawnImages _images = new();
    private SiloProcess _silo = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_images.In("outputs"));
        _silo = await SiloProcess.StartAsync($"DataRoots:0={_images.In("")}", $"OutputRoots:0={_images.In("outputs")}");
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _images.Dispose();
    }

    [Fact]
    public async Task TheTable_IsTheOneOfThisMachineWithFourReplicas_AndNamesFilesAsTheyWereGiven()
    {
        var local = await CommandRun.OfAsync(Advise(_images.Path, _images.In("outputs/cache-here"), "--replicas", "4", "--output", "run", "--json"));
        Assert.True(local.ExitCode == 0, local.Error);

        var remote = await CommandRun.OfAsync(Advise(
            "images", "cache", "--replicas", "4", "--output", "run", "--json", "--cluster", _silo.Gateway, "--write", _images.In("advised.yaml"), "--report", _images.In("advice.html")));

        Assert.True(remote.ExitCode == 0, remote.Error);
        var document = JsonNode.Parse(remote.Output)!;
        var spec = document["recommendation"]!["spec"]!;
        Assert.Equal(("images", "cache", "run"), (spec["data"]!["path"]!.GetValue<string>(), spec["features"]!["directory"]!.GetValue<string>(), spec["output"]!.GetValue<string>()));
        Assert.Equal(Timeless(JsonNode.Parse(local.Output)!), Timeless(document));
        Assert.Contains("<h1>Recommended: ", await File.ReadAllTextAsync(_images.In("advice.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // What it writes is a run for that cluster.
        var planned = await CommandRun.OfAsync("plan", "-f", _images.In("advised.yaml"), "--cluster", _silo.Gateway, "--json");
        Assert.True(planned.ExitCode == 0, planned.Error);
        Assert.False(Directory.Exists(_images.In("outputs/run")));
        Assert.True(Directory.Exists(_images.In("outputs/cache")));
    }

    [Fact]
    public async Task WhatIsWrong_IsNamed()
    {
        var folder = await CommandRun.OfAsync(Advise("/etc", "cache", "--cluster", _silo.Gateway));
        var model = await CommandRun.OfAsync(Advise("images", "cache", "--cluster", _silo.Gateway, "--max-model", "1K"));

        Assert.Equal(2, folder.ExitCode);
        Assert.StartsWith("error: --data: must lie under ", folder.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal(2, model.ExitCode);
        Assert.StartsWith("error: --max-model: must be at least 32.8 kB", model.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoInterrupts_GetsWhatIsKnown_AndTheDeviceIsFree()
    {
        await using var connection = await ClusterConnection.ConnectAsync(new() { Gateways = [_silo.Gateway] }, TestContext.Current.CancellationToken);
        using var interrupted = new CancellationTokenSource();
        var spec = new RunSpec
        {
            Data = new() { Path = "images", ImageSize = 40 },
            BatchSize = 8,
            Phases = [new() { Epochs = 2 }],
            Features = new() { Directory = "cache" },
            Output = "run",
        };

        var result = await connection.Client.AdviseAsync(new() { Spec = spec }, new OnShortRuns(interrupted.Cancel), interrupted.Token);

        Assert.False(result.IsWhole);
        Assert.Equal(18, result.Depths.Length);
        Assert.Equal(17, result.Gradients.Length);
        while ((await connection.Client.ListDevicesAsync(TestContext.Current.CancellationToken)).Any(device => device.RunId is not null))
        {
        }
    }

    private sealed class OnShortRuns(Action act) : IProgress<AdviceProgress>
    {
        public void Report(AdviceProgress value)
        {
            if (value.Stage == AdviceStage.ShortRuns)
            {
                act();
            }
        }
    }

    private string[] Advise(string data, string cache, params string[] more) =>
    [
        "advise",
        "-f",
        _images.Write("run.yaml", """
            data: {image_size: 40}
            model: {random_weights: true}
            batch_size: 8
            phases:
              - {epochs: 2}
              - {stage: conv5, epochs: 1}
            """),
        "--data", data, "--cache-dir", cache, .. more,
    ];

    private static string Timeless(JsonNode document)
    {
        foreach (var candidate in document["candidates"]!.AsArray())
        {
            candidate!.AsObject().Remove("runSeconds");
        }

        var spec = document["recommendation"]!["spec"]!;
        spec["data"]!.AsObject().Remove("path");
        spec["features"]!.AsObject().Remove("directory");
        spec.AsObject().Remove("output");
        return document.ToJsonString();
    }
}
