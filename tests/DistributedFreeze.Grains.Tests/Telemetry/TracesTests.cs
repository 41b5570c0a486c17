using System.Text;
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
