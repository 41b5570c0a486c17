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
            measure.Observe<long>(meter, () => [new(1)]);
        }

        using var http = new HttpClient();
        var text = await http.GetStringAsync($"{exporter.Urls.Single()}/metrics", TestContext.Current.CancellationToken);

        var exported = text.Split('\n')
            .Where(line => line.StartsWith("distributed_freeze_", StringComparison.Ordinal))
            .Select(line => line[..line.IndexOfAny(['{', ' '])])
            .Order(StringComparer.Ordinal);
        Assert.Equal(Measures.All.Select(measure => measure.PrometheusName).Order(StringComparer.Ordinal), exported);
    }

    [Fact]
    public void Names_FollowTheConventions() => Assert.All(Measures.All, measure =>
    {
        Assert.Matches("^distributed_freeze(\\.[a-z][a-z_-]*)+$", measure.Name);
        Assert.DoesNotMatch("total|seconds|bytes|ratio", measure.Name);
        Assert.EndsWith(".", measure.Description, StringComparison.Ordinal);
        Assert.True(measure.Unit is null or "1" or "s" or "By" || measure.Unit.StartsWith('{'), measure.Unit);
    });

    [Fact]
    public void NoName_IsUsedTwice() => Assert.Distinct(Measures.All.Select(measure => measure.Name));

    [Fact]
    public void AGauge_IsNotAddedTo()
    {
        using var meter = new Meter("DistributedFreeze.MeasureTests.Gauges");

        Assert.Throws<InvalidOperationException>(() => Measures.QueueLength.CreateCounter(meter));
    }
}
