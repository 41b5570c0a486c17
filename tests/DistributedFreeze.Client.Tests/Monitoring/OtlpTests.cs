using System.Collections.Concurrent;
using System.Text;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Client.Tests.Http;
using DistributedFreeze.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Client.Tests.Monitoring;

/// <summary>What a silo sends to a collector that only OpenTelemetry's own variables name.</summary>
[Slow]
public sealed class OtlpTests : IAsyncDisposable
{
    private readonly DrawnImages _images = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _signals = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<byte[]> _times = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<byte[]> _windows = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _collector;

    public OtlpTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _collector = builder.Build();
        _collector.Urls.Add("http://127.0.0.1:0");
        _collector.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);

            // Protobuf has texts as they are.
            var text = Encoding.Latin1.GetString(body.ToArray());
            if (text.Contains("distributed_freeze.step.duration", StringComparison.Ordinal))
            {
                _times.TrySetResult(body.ToArray());
            }
            else if (text.Contains("run.window", StringComparison.Ordinal))
            {
                _windows.TrySetResult(body.ToArray());
            }

            if (((string[])["photo-silo", "deployment.environment.name", "service.version", SiloVersion.Current]).All(part => text.Contains(part, StringComparison.Ordinal)))
            {
                Of(signal).TrySetResult();
            }
        });
    }

    [Fact(Timeout = 60_000)] // else it waits for ever where it fails
    public async Task TheEndpointAlone_SwitchesMetricsTracesAndLogsOn_UnderTheNamesOfTheVariables()
    {
        await _collector.StartAsync(TestContext.Current.CancellationToken);
        await using var silo = await SiloProcess.StartInAsync(
            new()
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _collector.Urls.First(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_SERVICE_NAME"] = "photo-silo",
                ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=tests",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
            },
            "CpuSlots=1");
        await using var connection = await ClusterConnection.ConnectAsync(new() { Gateways = [silo.Gateway] }, TestContext.Current.CancellationToken);

        await connection.Client.SubmitAsync(
            ApiSilo.Spec(_images.In("out")) with { Data = new() { Path = _images.Path, ImageSize = 40 } }, cancellationToken: TestContext.Current.CancellationToken);

        await Task.WhenAll(((string[])["metrics", "traces", "logs"]).Select(signal => Of(signal).Task)).WaitAsync(TestContext.Current.CancellationToken);

        // A trace's id is 16 bytes: those of the exemplar of a step's time are those of the run's spans.
        var (times, windows) = (await _times.Task.WaitAsync(TestContext.Current.CancellationToken), await _windows.Task.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Contains(TraceIds(windows), id => times.AsSpan().IndexOf(id) >= 0);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "METRICS TRACES LOGS")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "LOGS")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT OTEL_METRICS_EXPORTER=none", "TRACES LOGS")]
    public void AVariable_SwitchesItsSignals(string given, string expected)
    {
        var variables = new ConfigurationBuilder().AddInMemoryCollection(given.Split(' ').Select(one => one.Split('=')).ToDictionary(
            one => one[0], one => (string?)(one.Length > 1 ? one[1] : "http://collector:4317"))).Build();

        Assert.Equal(expected, string.Join(' ', ((string[])["METRICS", "TRACES", "LOGS"]).Where(signal => OtlpVariables.AskFor(signal, variables))));
    }

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        _images.Dispose();
    }

    /// <summary>Values of field 1, of 16 bytes, which is where OTLP's spans have their trace.</summary>
    private static IEnumerable<byte[]> TraceIds(byte[] spans) =>
        Enumerable.Range(0, spans.Length - 17).Where(at => spans[at] == 0x0a && spans[at + 1] == 16).Select(at => spans[(at + 2)..(at + 18)]);

    private TaskCompletionSource Of(string signal) => _signals.GetOrAdd(signal, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
