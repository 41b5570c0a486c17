using System.Diagnostics.Metrics;
using DistributedFreeze.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace DistributedFreeze.Grains.Tests.Telemetry;

/// <summary>The list of measures against the exporter that Prometheus reads from.</summary>
public sealed class MeasureTests
{
    [Fact]
    public async Task PrometheusNames_AreTheExporters()
    {
        const string MeterName = "DistributedFreeze.MeasureTests";
        using var meter = new Meter(MeterName);
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(MeterName).AddPrometheusExporter());
        await using var exporter = builder.Build();
        exporter.MapPrometheusScrapingEndpoint("/metrics");
        await exporter.StartAsync(TestContext.Current.CancellationToken);
        foreach (var measure in Measures.All)
        {
            if (measure.Kind == MeasureKind.Histogram)
            {
                measure.CreateHistogram(meter, 1, 2).Record(1.5);
            }
            else
            {
                measure.Observe<long>(meter, () => [new(1)]);
            }
        }

        using var http = new HttpClient();
        var text = await http.GetStringAsync($"{exporter.Urls.Single()}/metrics", TestContext.Current.CancellationToken);

        var exported = text.Split('\n')
            .Where(line => line.StartsWith("distributed_freeze_", StringComparison.Ordinal))
            .Select(line => line[..line.IndexOfAny(['{', ' '])])
            .Distinct()
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            Measures.All.SelectMany(measure => ((string[])(measure.Kind == MeasureKind.Histogram ? ["_bucket", "_sum", "_count"] : [""]))
                .Select(end => $"{measure.PrometheusName}{end}")).Order(StringComparer.Ordinal),
            exported);
    }

    [Fact]
    public void Names_FollowTheConventions() => Assert.All(Measures.All, measure =>
    {
        Assert.Matches("^distributed_freeze(\\.[a-z][a-z_-]*)+$", measure.Name);
        Assert.DoesNotMatch("\\b(total|seconds|bytes|ratio)\\b", measure.Name);
        Assert.EndsWith(".", measure.Description, StringComparison.Ordinal);
        Assert.True(measure.Unit is null or "1" or "s" or "By" || measure.Unit.StartsWith('{'), measure.Unit);
    });

    [Fact]
    public void NoName_IsUsedTwice() => Assert.Distinct(Measures.All.Select(measure => measure.Name));

    [Fact]
    public void WhatIsMade_IsWhatItIs()
    {
        using var meter = new Meter("DistributedFreeze.MeasureTests.Gauges");

        Assert.Throws<InvalidOperationException>(() => Measures.QueueLength.CreateCounter(meter));
        Assert.Throws<InvalidOperationException>(() => Measures.QueueLength.CreateHistogram(meter, 1));
        Assert.Throws<InvalidOperationException>(() => Measures.StepDuration.Observe<long>(meter, () => []));
    }
}
