using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Grains.Telemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What a silo tells about itself: metrics for whoever asks at <c>/metrics</c>; metrics, traces and logs for a collector.</summary>
internal static class SiloTelemetry
{
    /// <summary>Name under which a silo's telemetry is found, unless <c>OTEL_SERVICE_NAME</c> says another one.</summary>
    private const string ServiceName = "dfreeze-silo";

    /// <summary>Orleans's name for calls of grains that are not its own.</summary>
    private const string Calls = "Microsoft.Orleans.Application";

    /// <summary>Adds metrics, and what a collector gets where the options or OpenTelemetry's own variables name one.</summary>
    /// <param name="services">The silo's.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="variables">Has OpenTelemetry's variables.</param>
    public static void AddSiloTelemetry(this IServiceCollection services, SiloOptions options, IConfiguration variables)
    {
        // What is added last counts most.
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService(ServiceName, serviceNamespace: options.ClusterId, serviceVersion: SiloVersion.Current)
            .AddEnvironmentVariableDetector());
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(GrainServices.MeterName, "Microsoft.Orleans")
                .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                .SetExemplarFilter(ExemplarFilterType.TraceBased) // a time leads to its trace, where a collector gets both; /metrics has none
                .AddPrometheusExporter();
            if (OtlpVariables.AskFor("METRICS", variables))
            {
                metrics.AddOtlpExporter();
            }
        });
        if (options.Otlp is { } collector)
        {
            telemetry.WithTracing(traces => Spans(traces, variables).AddOtlpExporter(exporter => exporter.Endpoint = new(collector)));
        }
        else if (OtlpVariables.AskFor("TRACES", variables))
        {
            telemetry.WithTracing(traces => Spans(traces, variables).AddOtlpExporter());
        }

        if (OtlpVariables.AskFor("LOGS", variables))
        {
            telemetry.WithLogging(logs => logs.AddOtlpExporter(), log => (log.IncludeFormattedMessage, log.IncludeScopes) = (true, true));
        }
    }
    /// <summary>A request of the API, the calls between grains that follow from it or from a client's call, and what becomes of a run, on whichever silo.</summary>
    private static TracerProviderBuilder Spans(TracerProviderBuilder traces, IConfiguration variables)
    {
        traces.AddSource(GrainServices.MeterName, Calls)
            .AddAspNetCoreInstrumentation(web => web.Filter = context => context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase));
        return string.IsNullOrEmpty(variables["OTEL_TRACES_SAMPLER"]) ? traces.SetSampler(new ParentBasedSampler(new RootSpanSampler())) : traces;
    }

    /// <summary>Answers Prometheus at <c>/metrics</c>.</summary>
    public static void MapMetrics(this WebApplication app)
    {
        var scrapes = app.Services.GetRequiredService<MetricsScrapes>();
        app.MapPrometheusScrapingEndpoint(
            "/metrics",
            meterProvider: null,
            branch => branch.Use((context, next) => scrapes.AnswerAsync(() => next(context))),
            optionsName: null);
    }
}
