using DistributedFreeze.Grains.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What a silo tells about itself: metrics for whoever asks at <c>/metrics</c>, and traces for a collector.</summary>
internal static class SiloTelemetry
{
    /// <summary>Name under which a silo's telemetry is found.</summary>
    private const string ServiceName = "dfreeze-silo";

    /// <summary>Adds metrics, and traces where the options name a collector.</summary>
    /// <param name="services">The silo's.</param>
    /// <param name="options">Valid options.</param>
    public static void AddSiloTelemetry(this IServiceCollection services, SiloOptions options)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(ServiceName, serviceNamespace: options.ClusterId))
            .WithMetrics(metrics => metrics
                .AddMeter(GrainServices.MeterName, "Microsoft.Orleans")
                .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                .AddPrometheusExporter());
        if (options.Otlp is { } collector)
        {
            telemetry.WithTracing(traces => traces
                .AddSource(GrainServices.MeterName)
                .AddOtlpExporter(exporter => exporter.Endpoint = new(collector)));
        }
    }
}
