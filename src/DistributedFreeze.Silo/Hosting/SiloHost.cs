using DistributedFreeze.Grains.Hosting;
using OpenTelemetry.Metrics;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>A silo as a process of its own: <c>/healthz</c> and <c>/metrics</c> over HTTP.</summary>
public static class SiloHost
{
    /// <summary>Builds the host.</summary>
    /// <param name="args">
    /// Settings such as <c>--urls http://127.0.0.1:8080</c>, <c>--SiloPort 11111</c> and <c>--GatewayPort 30000</c> (the defaults); 0 takes
    /// a free port.
    /// </param>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.UseOrleans(silo => silo.UseLocalCluster(
            siloPort: builder.Configuration.GetValue("SiloPort", 11111),
            gatewayPort: builder.Configuration.GetValue("GatewayPort", 30000)));
        builder.Services.AddHealthChecks();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(GrainServices.MeterName, "Microsoft.Orleans")
            .AddPrometheusExporter());

        var app = builder.Build();
        app.MapHealthChecks("/healthz");
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }
}
