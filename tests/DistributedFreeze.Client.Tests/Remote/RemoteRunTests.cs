using System.Text.Json;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Client.Tests.Results;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>The commands against a silo in a process of its own.</summary>
[Slow]
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
        var again = await RemoteAsync(Submit("remote", "--id", "first", "--json"));
        var other = await RemoteAsync(Submit("elsewhere", "--id", "first"));
        await using var server = await MlflowStandIn.StartAsync();
        var watched = await RemoteAsync("watch", "first", "--tensorboard", _images.In("curves"), "--mlflow", server.Address, "--mlflow-experiment", "flowers");
        var points = Assert.Single(server.Runs).Metrics.ToList();
        var curves = await File.ReadAllBytesAsync(Directory.GetFiles(_images.In("curves/first")).Single(), TestContext.Current.CancellationToken);
        var events = await RemoteAsync("watch", "first", "--json", "--tensorboard", _images.In("curves"), "--mlflow", server.Address, "--mlflow-experiment", "flowers");
        var listed = await RemoteAsync("runs");
        var shown = await RemoteAsync("show", "first", "--json");
        var whole = await RemoteAsync("show", "first", "--json", "--epochs");
        var told = await RemoteAsync("show", "first");

        Assert.Equal((0, "first"), (submitted.ExitCode, submitted.Output.Trim()));
        Assert.Equal("""{"runId":"first"}""", again.Output.Trim());
        Assert.Equal((2, "error: --id: must be a new one: first is a run with another spec"), (other.ExitCode, other.Error.Trim()));
        Assert.True(watched.ExitCode == 0, watched.Error);
        Assert.Contains("epoch 2/2  loss ", watched.Error, StringComparison.Ordinal);
        Assert.Contains("Test accuracy", watched.Output, StringComparison.Ordinal);
        var numbers = events.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Sequence).ToList();
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => (long)number), numbers);
        Assert.Equal("test/accuracy", EventFileReader.Read(curves)[^1].Values[1].Tag);
        Assert.Equal(curves, await File.ReadAllBytesAsync(Directory.GetFiles(_images.In("curves/first")).Single(), TestContext.Current.CancellationToken));
        var tracked = Assert.Single(server.Runs);
        Assert.Equal(("first", "FINISHED", "test/accuracy"), (tracked.Name, tracked.Status, tracked.Metrics[^1].Key));
        Assert.Equal(points, tracked.Metrics);
        Assert.Empty(server.Complaints);
        Assert.Contains("succeeded  2/2", listed.Output, StringComparison.Ordinal);
        var receipt = JsonSerializer.Deserialize<RunStatus>(shown.Output, RunJson.Compact)!.Receipt!;
        Assert.Equal(_images.Receipt("embedded").ModelSha256, receipt.ModelSha256);
        Assert.Equal(receipt.ModelSha256, _images.Receipt("outputs/remote").ModelSha256);
        Assert.Matches(@"Last epoch +phase 1 epoch 2 done: loss [0-9.]+, accuracy [0-9.]+ %; validation [0-9.]+, ", told.Output);
        var status = JsonSerializer.Deserialize<RunStatus>(shown.Output, RunJson.Compact)!;
        Assert.Equal((2, 2, 0), (status.EpochsDone, status.Progress.EpochsBefore, status.Progress.Epochs.Length));
        Assert.Equal(receipt.Epochs, JsonSerializer.Deserialize<RunStatus>(whole.Output, RunJson.Compact)!.Progress.Epochs);
        Assert.Equal(receipt.Epochs[^1], status.LatestEpoch);
        Assert.Equal(receipt.Epochs.MinBy(epoch => epoch.ValidationLoss), status.BestEpoch);
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
        var missing = await RemoteAsync(Submit("fine", "--data", "nosuch", "--weights", "nosuch.h5", "--watch"));

        Assert.Equal([2, 2, 2, 2], new[] { unknown, outside, linked, named }.Select(run => run.ExitCode));
        Assert.Equal("error: There is no run nobody. dfreeze runs lists those that there are.", Assert.Single(unknown.ErrorLines));
        Assert.Equal(
            ["error: --weights: must lie under ", "error: --cache-dir: must lie under ", "error: --output: must lie under "],
            outside.ErrorLines.Select(line => line[..(line.IndexOf("under", StringComparison.Ordinal) + 6)]));
        Assert.StartsWith("error: --output: must lie under ", Assert.Single(linked.ErrorLines), StringComparison.Ordinal);
        Assert.StartsWith("error: --id: ", Assert.Single(named.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(["error: --data: ", "error: --weights: "], missing.ErrorLines.Select(line => line[..(line.IndexOf(": ", 8, StringComparison.Ordinal) + 2)]));
        Assert.All(missing.ErrorLines, line => Assert.Contains("does not exist", line, StringComparison.Ordinal));
        Assert.Equal((2, ""), (missing.ExitCode, missing.Output));
        Assert.Equal("No runs yet.", (await RemoteAsync("runs")).Output.Trim());
    }

    [Fact]
    public async Task ARun_IsPausedResumedCancelledAndForgotten()
    {
        await RemoteAsync(Submit("long", "--id", "long", "--label", "team=vision,stage=trial", "--unfreeze-layers", "10", "--epochs", "10000", "--priority", "7"));
        await using var connection = await ClusterConnection.ConnectAsync(new() { Gateways = [_silo.Gateway] }, TestContext.Current.CancellationToken);
        var turns = connection.Client.WatchAsync("long", cancellationToken: TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await UntilAsync<RunEvent.EpochDone>(turns);

        var devices = await RemoteAsync("devices", "--json");
        var busy = await RemoteAsync("devices");
        var deleted = await RemoteAsync("delete", "long");
        var paused = await RemoteAsync("pause", "long");
        await UntilAsync<RunEvent.Paused>(turns);
        var halted = await RemoteAsync("show", "long");
        var free = await RemoteAsync("devices", "--json");
        var resumed = await RemoteAsync("resume", "long", "--json");
        await UntilAsync<RunEvent.Resumed>(turns);
        await UntilAsync<RunEvent.EpochDone>(turns);
        var listed = await RemoteAsync("runs", "--take", "1");
        var labelled = await RemoteAsync("runs", "--label", "team=vision", "--label", "stage", "--state", "running,preparing", "--json");
        var others = await RemoteAsync("runs", "--label", "team=audio");
        var wrong = await RemoteAsync("runs", "--label", "=vision", "--since", "now");
        var cancelled = await RemoteAsync("cancel", "long");
        await UntilAsync<RunEvent.Ended>(turns);
        var watched = await RemoteAsync("watch", "long");
        var forgotten = await RemoteAsync("delete", "long");
        var gone = await RemoteAsync("show", "long");

        Assert.All([devices, busy, paused, halted, free, resumed, listed, labelled, others, cancelled, forgotten], run => Assert.True(run.ExitCode == 0, run.Error));
        Assert.Equal("long", JsonSerializer.Deserialize<JsonElement>(labelled.Output)[0].GetProperty("runId").GetString());
        Assert.Contains("stage=trial", listed.Output, StringComparison.Ordinal);
        Assert.Equal("No such runs.", others.Output.Trim());
        Assert.Equal((2, "error: --label: must be a label's name (lower-case letters, digits, _ and -) and value such as team:vision, or its name alone, got '=vision'"), (wrong.ExitCode, wrong.Error.Trim()));
        Assert.Matches("Labels +stage=trial, team=vision", halted.Output);
        Assert.Equal(["long"], Busy(devices).Distinct());
        Assert.Contains("No run waits.", busy.Output, StringComparison.Ordinal);
        Assert.Empty(Busy(free));
        Assert.Equal((2, "error: run: long goes on: cancel it first"), (deleted.ExitCode, deleted.Error.Trim()));
        Assert.Matches("State +paused", halted.Output);
        Assert.Matches("Priority +7", halted.Output);
        Assert.Equal("""{"runId":"long"}""", resumed.Output.Trim());
        Assert.Matches(@"long +running +stage=trial.* \d+/10000 +7 +\d ", listed.Output);
        Assert.Contains("--skip 1", listed.Error, StringComparison.Ordinal);
        Assert.Equal(3, watched.ExitCode);
        Assert.Contains("the run was cancelled", watched.Error, StringComparison.Ordinal);
        Assert.Contains("paused, with a checkpoint", watched.Error, StringComparison.Ordinal);
        Assert.Equal(2, gone.ExitCode);

        static IEnumerable<string> Busy(CommandRun run)
        {
            using var json = JsonDocument.Parse(run.Output);
            return [.. json.RootElement.GetProperty("devices").EnumerateArray()
                .Select(device => device.GetProperty("runId").GetString()).OfType<string>()];
        }
    }

    [Fact]
    public async Task WhatARunLeaves_IsPlannedBeforeItAndFetchedAfterIt()
    {
        var planned = await RemoteAsync(["plan", .. Submit("fetched")[1..], "--json"]);
        var watched = await RemoteAsync(Submit("fetched", "--id", "fetched", "--watch"));
        var fetched = await RemoteAsync("download", "fetched", "--to", _images.In("here"));
        var one = await RemoteAsync("download", "fetched", "receipt.json", "--to", _images.In("one"), "--json");
        var unknown = await RemoteAsync("download", "fetched", "../run.yaml", "--to", _images.In("one"));
        var logs = await RemoteAsync("logs", "fetched");
        var rest = await RemoteAsync("logs", "fetched", "-f", "--after", "2", "--json");

        Assert.All([planned, watched, fetched, one, logs, rest], run => Assert.True(run.ExitCode == 0, run.Error));
        using (var plan = JsonDocument.Parse(planned.Output))
        {
            Assert.Equal(20, plan.RootElement.GetProperty("trainImages").GetInt32());
            Assert.Equal(8196, plan.RootElement.GetProperty("phases")[0].GetProperty("trainableParameters").GetInt64());
        }

        Assert.Contains("Test accuracy", watched.Output, StringComparison.Ordinal);
        foreach (var name in (string[])["model.safetensors", "receipt.json"])
        {
            Assert.Equal(File.ReadAllBytes(_images.In($"outputs/fetched/{name}")), File.ReadAllBytes(_images.In($"here/{name}")));
        }

        Assert.Equal("receipt.json", Path.GetFileName(Assert.Single(Directory.EnumerateFiles(_images.In("one")))));
        Assert.StartsWith("""[{"name":"receipt.json",""", one.Output, StringComparison.Ordinal);
        Assert.Equal(2, unknown.ExitCode);
        Assert.StartsWith("error: ../run.yaml: is not there: fetched has left log.txt, model.safetensors, receipt.json", Assert.Single(unknown.ErrorLines), StringComparison.Ordinal);
        var lines = logs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.EndsWith("succeeded", lines[^1], StringComparison.Ordinal);
        Assert.Equal(lines.Length - 2, rest.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task RunsOfTheCluster_CompleteACommandLine()
    {
        await RemoteAsync(Submit("short", "--id", "roses-1"));
        var line = $"dfreeze watch --cluster {_silo.Gateway} ros";

        Assert.Equal("roses-1", (await CommandRun.OfAsync($"[suggest:{line.Length}]", line)).Output.Trim());
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

    private static async Task UntilAsync<T>(IAsyncEnumerator<RunEvent> events)
    {
        while (await events.MoveNextAsync())
        {
            if (events.Current is T)
            {
                return;
            }
        }

        Assert.Fail($"The run ended without {typeof(T).Name}.");
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _images.Dispose();
    }

    private static string[] Submit(string output, params string[] more) =>
    [
        "submit", .. more.Contains("--data") ? Array.Empty<string>() : ["--data", "."], "--image-size", "40", "--batch", "8", "--shards", "4", "--lr", "0.01",
        .. more.Contains("--epochs") ? Array.Empty<string>() : ["--epochs", "2"], "--output", output, .. more,
    ];

    private Task<CommandRun> RemoteAsync(params string[] args) => CommandRun.OfAsync([.. args, "--cluster", _silo.Gateway]);
}
