using System.Text.Json;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>The commands against a silo in a process of its own.</summary>
public sealed class RemoteRunTests : IAsyncLifetime
{
    private readonly DrawnImages _images = new();
    private SiloProcess _silo = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_images.In("outputs"));
        _silo = await SiloProcess.StartAsync($"DataRoots:0={_images.Path}", $"OutputRoots:0={_images.In("outputs")}");
    }

    [Fact]
    public async Task ARun_IsSubmittedWatchedListedAndShown_AndGivesTheEmbeddedRunsModel()
    {
        var embedded = await CommandRun.EmbeddedAsync(_images.Train("embedded"));
        Assert.True(embedded.ExitCode == 0, embedded.Error);

        var submitted = await RemoteAsync(Submit("remote", "--id", "first"));
        var again = await RemoteAsync(Submit("elsewhere", "--id", "first", "--json"));
        var watched = await RemoteAsync("watch", "first");
        var events = await RemoteAsync("watch", "first", "--json");
        var listed = await RemoteAsync("runs");
        var shown = await RemoteAsync("show", "first", "--json");
        var told = await RemoteAsync("show", "first");

        Assert.Equal((0, "first"), (submitted.ExitCode, submitted.Output.Trim()));
        Assert.Equal("""{"runId":"first"}""", again.Output.Trim());
        Assert.False(Directory.Exists(_images.In("outputs/elsewhere")));
        Assert.True(watched.ExitCode == 0, watched.Error);
        Assert.Contains("epoch 2/2  loss ", watched.Error, StringComparison.Ordinal);
        Assert.Contains("Test accuracy", watched.Output, StringComparison.Ordinal);
        var numbers = events.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Sequence).ToList();
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => (long)number), numbers);
        Assert.Contains("succeeded  2/2", listed.Output, StringComparison.Ordinal);
        var receipt = JsonSerializer.Deserialize<RunStatus>(shown.Output, RunJson.Compact)!.Receipt!;
        Assert.Equal(_images.Receipt("embedded").ModelSha256, receipt.ModelSha256);
        Assert.Equal(receipt.ModelSha256, _images.Receipt("outputs/remote").ModelSha256);
        Assert.Contains($"sha256 {receipt.ModelSha256}", told.Output, StringComparison.Ordinal);

        static long Sequence(string line)
        {
            using var json = JsonDocument.Parse(line);
            Assert.NotEqual("", json.RootElement.GetProperty("event").GetString());
            return json.RootElement.GetProperty("sequence").GetInt64();
        }
    }

    [Fact]
    public async Task WhatTheSiloRefuses_EndsWith2AndOneLineForEach()
    {
        Directory.CreateSymbolicLink(_images.In("outputs/link"), _images.In("."));

        var unknown = await RemoteAsync("watch", "nobody");
        var outside = await RemoteAsync(Submit("../elsewhere", "--weights", "/etc/w.h5", "--cache-dir", _images.In("cache")));
        var linked = await RemoteAsync(Submit("link/elsewhere"));
        var named = await RemoteAsync(Submit("fine", "--id", "a/b"));

        Assert.Equal([2, 2, 2, 2], new[] { unknown, outside, linked, named }.Select(run => run.ExitCode));
        Assert.Equal("error: There is no run nobody. dfreeze runs lists those that there are.", Assert.Single(unknown.ErrorLines));
        Assert.Equal(
            ["error: model.weights: must lie under ", "error: features.directory: must lie under ", "error: output: must lie under "],
            outside.ErrorLines.Select(line => line[..(line.IndexOf("under", StringComparison.Ordinal) + 6)]));
        Assert.StartsWith("error: output: must lie under ", Assert.Single(linked.ErrorLines), StringComparison.Ordinal);
        Assert.StartsWith("error: run id: ", Assert.Single(named.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("No runs yet.", (await RemoteAsync("runs")).Output.Trim());
    }

    [Fact]
    public async Task ASiloThatIsAskedToEnd_InterruptsItsRunsAndLeavesCheckpoints()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It asks the silo to end by SIGTERM.");
        await using var connection = await ClusterConnection.ConnectAsync(new() { Gateways = [_silo.Gateway] }, TestContext.Current.CancellationToken);
        var spec = new RunSpec
        {
            Data = new() { Path = ".", ImageSize = 40 },
            BatchSize = 8,
            Shards = 4,
            Output = "long",
            Phases = [new() { Epochs = 10_000, Freeze = new Freezing.FreezePolicy.LastLayers(10) }],
        };
        var runId = await connection.Client.SubmitAsync(spec, cancellationToken: TestContext.Current.CancellationToken);
        var ended = Task.FromResult(0);
        RunEvent? last = null;
        await foreach (var happened in connection.Client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            last = happened;
            if (happened is RunEvent.EpochDone { Result.Epoch: 0 })
            {
                ended = _silo.TerminateAsync();
            }
        }

        Assert.Equal(RunState.Interrupted, Assert.IsType<RunEvent.Ended>(last).State);
        Assert.Equal(0, await ended);
        Assert.True(File.Exists(_images.In("outputs/long/checkpoint.safetensors")));
    }

    [Fact]
    public async Task ASilo_IsReadyAndAlive()
    {
        using var http = new HttpClient { BaseAddress = _silo.Http };

        Assert.Equal("Healthy", await http.GetStringAsync("/healthz", TestContext.Current.CancellationToken));
        Assert.Equal("Healthy", (await http.GetStringAsync("/readyz", TestContext.Current.CancellationToken)).Split('\n')[0]);
        Assert.Contains("orleans_", await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClusterThatIsAway_IsOneLineAndExitCode1()
    {
        await _silo.KillAsync();

        var run = await RemoteAsync("runs");

        Assert.Equal((1, $"error: No cluster answers at {_silo.Gateway}: Connection refused."), (run.ExitCode, Assert.Single(run.ErrorLines)));
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _images.Dispose();
    }

    private static string[] Submit(string output, params string[] more) =>
    [
        "submit", "--data", ".", "--image-size", "40", "--batch", "8", "--shards", "4", "--lr", "0.01", "--epochs", "2", "--output", output, .. more,
    ];

    private Task<CommandRun> RemoteAsync(params string[] args) => CommandRun.OfAsync([.. args, "--cluster", _silo.Gateway]);
}
