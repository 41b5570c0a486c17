using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using DistributedFreeze.Client;
using DistributedFreeze.Grains.Tests.Runs;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Grains.Tests.Telemetry;

/// <summary>Traces on their way to a collector.</summary>
[Slow]
public sealed class TracesTests
{
    [Fact]
    public async Task ASiloThatIsToldOfACollector_SendsItTheSpansOfItsRuns()
    {
        var received = Channel.CreateUnbounded<(string Path, string Body)>();
        await using var collector = Collector(received.Writer);
        await collector.StartAsync(TestContext.Current.CancellationToken);
        using var runs = new SmallestRuns();
        await using var silo = SiloHost.Build([.. Quiet, "--DistributedFreeze:Otlp", collector.Urls.Single()]);
        await silo.StartAsync(TestContext.Current.CancellationToken);
        var grains = silo.Services.GetRequiredService<IGrainFactory>();
        var runId = await new DistributedFreezeClient(grains).SubmitAsync(runs.Spec("out"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(grains, runId)).State);

        await silo.StopAsync(TestContext.Current.CancellationToken); // sends what has not been sent

        var (windows, phases) = (false, false);
        while (!windows || !phases)
        {
            var (path, body) = await received.Reader.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal("/opentelemetry.proto.collector.trace.v1.TraceService/Export", path);
            Assert.Contains("dfreeze-silo", body, StringComparison.Ordinal);
            windows |= body.Contains("run.window", StringComparison.Ordinal) && body.Contains(runId, StringComparison.Ordinal);
            phases |= body.Contains("run.phase", StringComparison.Ordinal) && body.Contains(runId, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task OneTrace_LeadsFromARequestToTheRunItsPhasesAndItsReplicas()
    {
        var received = Channel.CreateUnbounded<(string Path, string Body)>();
        await using var collector = Collector(received.Writer);
        await collector.StartAsync(TestContext.Current.CancellationToken);
        using var runs = new SmallestRuns();
        await using var silo = SiloHost.Build([.. Quiet, "--DistributedFreeze:Otlp", collector.Urls.Single()]);
        await silo.StartAsync(TestContext.Current.CancellationToken);
        var trace = ActivityTraceId.CreateRandom();
        using var http = new HttpClient { BaseAddress = new(silo.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs?id=traced") { Content = JsonContent.Create(runs.Spec("out"), options: RunJson.Compact) };
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Services.GetRequiredService<IGrainFactory>(), "traced")).State);
        using var unknown = await http.GetAsync("/api/v1/runs/nobody", TestContext.Current.CancellationToken);
        var problem = (await unknown.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("traceId").GetString()!;

        await silo.StopAsync(TestContext.Current.CancellationToken);
        await silo.DisposeAsync(); // sends what has not been sent
        received.Writer.Complete();

        var spans = new List<(string Trace, string Name, bool IsRoot)>();
        await foreach (var (_, body) in received.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            spans.AddRange(Spans(body));
        }

        var hex = trace.ToHexString();
        var names = spans.Where(span => span.Trace == hex).Select(span => span.Name).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(new HashSet<string>(["POST /api/v1/runs", "IRunGrain/StartAsync", "run", "run.phase", "run.window", "IReplicaGrain/PrepareAsync"], StringComparer.Ordinal), names);
        Assert.Contains(spans, span => span.Trace == problem.Split('-')[1] && span.Name.StartsWith("GET /api/v1/runs/", StringComparison.Ordinal));
        Assert.All(spans.Where(span => span.IsRoot), span => Assert.Matches("^(run|[A-Z]+ /.*)$", span.Name)); // what silos do by themselves every few seconds makes no traces; tests beside this one do
    }

    /// <summary>Traces and names of the spans of a message, and whether they begin one: field 1 of a span is its trace of 16 bytes, field 2 the span of 8, field 4 its parent, and field 5 its name.</summary>
    private static IEnumerable<(string Trace, string Name, bool IsRoot)> Spans(string body)
    {
        var bytes = Encoding.Latin1.GetBytes(body);
        for (var at = 0; at + 28 < bytes.Length; at++)
        {
            if (bytes[at] != 0x0A || bytes[at + 1] != 16 || bytes[at + 18] != 0x12 || bytes[at + 19] != 8)
            {
                continue;
            }

            var (name, isRoot) = (at + 28, true);
            while (bytes[name] is 0x1A or 0x22 or 0x85) // what the caller's system added, the parent, and field 16, flags of 4 bytes
            {
                isRoot &= bytes[name] != 0x22;
                name += bytes[name] == 0x85 ? 6 : 2 + bytes[name + 1];
            }

            if (bytes[name] == 0x2A)
            {
                yield return (Convert.ToHexStringLower(bytes.AsSpan(at + 2, 16)), Encoding.UTF8.GetString(bytes, name + 2, bytes[name + 1]), isRoot);
            }
        }
    }

    [Theory]
    [InlineData("collector:4317")]
    [InlineData("ftp://collector")]
    [InlineData("/var/log/traces")]
    public void WhatIsNoCollector_IsRefusedBeforeAnythingStarts(string url)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => SiloHost.Build([.. Quiet, "--DistributedFreeze:Otlp", url]));

        Assert.Equal($"DistributedFreeze:Otlp must be the URL of a collector, such as http://collector:4317, got '{url}'", Assert.Single(refused.Failures));
    }

    private static readonly string[] Quiet =
        ["--urls", "http://127.0.0.1:0", "--DistributedFreeze:SiloPort", "0", "--DistributedFreeze:GatewayPort", "0", "--Logging:LogLevel:Default", "Warning"];

    private static WebApplication Collector(ChannelWriter<(string, string)> received)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(new byte[5]); // an empty answer, as gRPC frames it
            received.TryWrite((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
        });
        return collector;
    }
}
