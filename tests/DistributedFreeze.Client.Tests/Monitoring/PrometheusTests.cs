using System.Collections.Immutable;
using System.Text.RegularExpressions;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Monitoring;

/// <summary>A real silo that trains, a real Prometheus that watches it, and every panel's query.</summary>
[Slow]
public sealed class PrometheusTests : IAsyncDisposable
{
    /// <summary>There is a checkpoint about every second, as there is a scrape; what has no data after so many has none.</summary>
    private const int MostReads = 2_000;
    private const int Patience = 90;

    /// <summary>Panels that show nothing of a silo that is well and has no GPU, with the reason.</summary>
    private static readonly ImmutableDictionary<string, string> ExpectEmpty = new Dictionary<string, string>
    {
        ["cluster/GPU memory"] = "a host without a GPU has no such series",
        ["cluster/GPU utilization"] = "a host without a GPU has no such series",
        ["failures/Alerts"] = "no alert fires",
    }.ToImmutableDictionary();

    private readonly DrawnImages _images = new();

    [Fact]
    public async Task EveryPanel_ShowsARunThatTrains()
    {
        Tool.Require("prometheus", "promtool");
        await using var silo = await SiloProcess.StartAsync("CpuSlots=2", "CheckpointSeconds=1");
        await using var prometheus = await PrometheusProcess.StartAsync(silo.Http);
        await using var connection = await ClusterConnection.ConnectAsync(new() { Gateways = [silo.Gateway] }, TestContext.Current.CancellationToken);
        var runId = await connection.Client.SubmitAsync(Spec, cancellationToken: TestContext.Current.CancellationToken);
        var waiting = Queries().ToList();
        var checkpoints = 0;

        RunEvent? last = null;
        var isAsked = false;
        await foreach (var happened in connection.Client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            last = happened;
            if (happened is not RunEvent.CheckpointWritten || isAsked)
            {
                continue;
            }

            foreach (var query in waiting.ToList())
            {
                if (!(await prometheus.AskAsync(query.Expression)).IsEmpty)
                {
                    waiting.Remove(query);
                }
            }

            var rules = await prometheus.RulesAsync();
            if (++checkpoints == Patience || (waiting.All(query => ExpectEmpty.ContainsKey(query.Panel)) && rules.All(rule => rule.Health == "ok")))
            {
                isAsked = true;
                Assert.DoesNotContain("distributed_freeze_", await LintAsync(silo), StringComparison.Ordinal);
                Assert.Equal(14, rules.Count(rule => rule.Health == "ok"));
                await connection.Client.InterruptAsync(runId, TestContext.Current.CancellationToken);
            }
        }

        Assert.Equal(RunState.Interrupted, Assert.IsType<RunEvent.Ended>(last).State);
        Assert.DoesNotContain(waiting, query => !ExpectEmpty.ContainsKey(query.Panel));

        // The exporter answers from what it has said before for a moment.
        var gauge = $"distributed_freeze_run_loss{{[^\n]*run=\"{runId}\"";
        var metrics = await MetricsAsync(silo);
        for (var reads = 0; reads < MostReads && Regex.IsMatch(metrics, gauge); reads++)
        {
            metrics = await MetricsAsync(silo);
        }

        Assert.Matches($"distributed_freeze_run_images_total{{[^\n]*run=\"{runId}\"", metrics);
        Assert.DoesNotMatch(gauge, metrics);
    }

    [Fact]
    public void WhatIsExpectedToBeEmpty_IsAPanel() => Assert.Subset(Queries().Select(query => query.Panel).ToHashSet(), ExpectEmpty.Keys.ToHashSet());

    public ValueTask DisposeAsync()
    {
        _images.Dispose();
        return ValueTask.CompletedTask;
    }

    private RunSpec Spec => new()
    {
        Data = new() { Path = _images.Path, ImageSize = 40 },
        BatchSize = 8,
        Shards = 4,
        Replicas = 2,
        MinReplicas = 2,
        Output = _images.In("watched"),
        Features = new() { Cache = FeatureCacheMode.On },
        Phases = [new() { Epochs = 10_000, Freeze = new Freezing.FreezePolicy.LastLayers(10) }],
    };

    /// <summary>Every query as Grafana would ask it, with all silos and runs chosen.</summary>
    private static IEnumerable<(string Panel, string Expression)> Queries() =>
        from dashboard in Dashboard.All(RepositoryRoot.In("helm", "distributed-freeze", "files", "dashboards"))
        from panel in dashboard.Panels
        from query in panel.Queries
        select ($"{dashboard.Name}/{panel.Title}", query
            .Replace("$__rate_interval", "10s", StringComparison.Ordinal)
            .Replace("$__range", "5m", StringComparison.Ordinal)
            .Replace("$cluster", ".*", StringComparison.Ordinal)
            .Replace("$job", ".*", StringComparison.Ordinal)
            .Replace("$silo", ".*", StringComparison.Ordinal)
            .Replace("$run", ".*", StringComparison.Ordinal));

    private static async Task<string> MetricsAsync(SiloProcess silo)
    {
        using var http = new HttpClient { BaseAddress = silo.Http };
        return await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
    }

    /// <summary>What promtool finds fault with; the names and texts of other meters are not ours to mend.</summary>
    private static async Task<string> LintAsync(SiloProcess silo)
    {
        var complaints = await Tool.RunAsync("promtool", ["check", "metrics"], await MetricsAsync(silo));
        Assert.DoesNotContain("error while linting", complaints, StringComparison.Ordinal);
        return complaints;
    }
}
