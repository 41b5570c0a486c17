using System.Collections.Immutable;
using System.Text.RegularExpressions;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Deployment.Monitoring;

/// <summary>Dashboards and rules against the list of what silos measure.</summary>
/// <remarks>Whether the names of other meters are right shows where a real Prometheus is asked for every panel.</remarks>
public sealed partial class MetricNamesTests
{
    private static readonly ImmutableArray<string> Targets = ["instance", "job", "namespace", "cluster"];

    private static readonly ImmutableHashSet<string> OfOthers =
    [
        "ALERTS",
        "dotnet_gc_pause_time_seconds_total",
        "dotnet_process_cpu_time_seconds_total",
        "dotnet_process_memory_working_set_bytes",
        "http_server_request_duration_seconds_count",
        "kestrel_active_connections",
        "orleans_app_requests_latency_milliseconds_count",
        "orleans_app_requests_latency_milliseconds_sum",
        "orleans_catalog_activations",
        "up",
    ];

    [Fact]
    public void EveryMetricThatIsAskedFor_IsMeasured()
    {
        var known = Measures.All.SelectMany(SeriesOf)
            .Concat(OfOthers)
            .Concat(AlertRule.All().Select(rule => rule.Record))
            .ToHashSet();

        Assert.All(Expressions(), expression => Assert.All(PromQl.Parse(expression).Metrics, metric => Assert.Contains(metric.Metric, known)));
    }

    [Fact]
    public void EveryMetricThatIsMeasured_IsShownOrAlertedOn()
    {
        var asked = Expressions().SelectMany(expression => PromQl.Parse(expression).Metrics).Select(metric => metric.Metric).ToHashSet();

        Assert.All(Measures.All, measure => Assert.Contains(SeriesOf(measure), asked.Contains));
    }

    [Fact]
    public void EveryMetricThatIsMeasured_IsDocumented()
    {
        var documented = File.ReadAllLines(RepositoryRoot.In("docs", "metrics.md")).Where(line => line.StartsWith("| `distributed_freeze_", StringComparison.Ordinal));

        Assert.Equal(Measures.All.Select(Line), documented);

        static string Line(Measure measure) =>
            $"| `{measure.PrometheusName}` | {(measure.Labels.IsEmpty ? "none" : string.Join(", ", measure.Labels.Select(label => $"`{label}`")))} | {measure.Description} |";
    }

    [Fact]
    public void EveryLabelOfAFilter_IsTheMetricsOwn()
    {
        var labels = LabelsOf().ToDictionary(series => series.Series, series => series.Labels.AddRange(Targets));

        Assert.All(
            Expressions().SelectMany(expression => PromQl.Parse(expression).Metrics).Where(metric => labels.ContainsKey(metric.Metric)),
            metric => Assert.Subset(labels[metric.Metric].ToHashSet(), metric.Labels.ToHashSet()));
    }

    [Fact]
    public void EveryLabelOfAGrouping_IsOneOfTheExpressionsMetrics()
    {
        var labels = LabelsOf().ToDictionary(series => series.Series, series => series.Labels);

        Assert.All(
            Expressions().Select(PromQl.Parse).Where(parsed => parsed.Metrics.All(metric => labels.ContainsKey(metric.Metric))),
            parsed => Assert.Subset(
                parsed.Metrics.SelectMany(metric => labels[metric.Metric]).Concat(Targets).ToHashSet(), parsed.Groupings.ToHashSet()));
    }

    [Fact]
    public void EveryValueOfAFilter_IsOneThatTheMetricHas()
    {
        var measures = Measures.All.ToDictionary(measure => measure.PrometheusName);
        var asked = Expressions()
            .SelectMany(expression => Filtered().Matches(expression))
            .Where(filtered => measures.ContainsKey(filtered.Groups[1].Value))
            .SelectMany(filtered => Filter().Matches(filtered.Groups[2].Value)
                .SelectMany(filter => filter.Groups[2].Value.Split('|'))
                .Where(value => !value.Contains('$')) // a variable of the dashboard
                .Select(value => (Measure: measures[filtered.Groups[1].Value], Value: value)))
            .ToList();

        // A metric's description lists the values of its labels.
        Assert.Contains(asked, one => one.Value == "tail_forward");
        Assert.All(asked, one => Assert.Matches($@"\b{one.Value}\b", one.Measure.Description));
    }

    /// <summary>Names under which the exporter writes a measure.</summary>
    private static IEnumerable<string> SeriesOf(Measure measure) => measure.Kind == MeasureKind.Histogram
        ? [$"{measure.PrometheusName}_bucket", $"{measure.PrometheusName}_sum", $"{measure.PrometheusName}_count"]
        : [measure.PrometheusName];

    private static IEnumerable<(string Series, ImmutableArray<string> Labels)> LabelsOf() =>
        from measure in Measures.All
        from series in SeriesOf(measure)
        select (series, series.EndsWith("_bucket", StringComparison.Ordinal) ? measure.Labels.Add("le") : measure.Labels);

    private static IEnumerable<string> Expressions() =>
        Dashboard.All(RepositoryRoot.In("helm", "distributed-freeze", "files", "dashboards"))
            .SelectMany(dashboard => dashboard.Panels)
            .SelectMany(panel => panel.Queries)
            .Concat(AlertRule.All().Select(rule => rule.Expr));

    [GeneratedRegex(@"(distributed_freeze_\w+)\{([^}]*)\}")]
    private static partial Regex Filtered();

    [GeneratedRegex("(\\w+)\\s*[=!]=?~?\\s*\"([^\"]*)\"")]
    private static partial Regex Filter();
}
