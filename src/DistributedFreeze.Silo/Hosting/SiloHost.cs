using System.Net;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Silo.Http;
using DistributedFreeze.Silo.Http.Document;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>A silo as a process of its own: <c>/healthz</c>, <c>/readyz</c>, <c>/metrics</c> and <c>/api/v1</c> over HTTP.</summary>
public static partial class SiloHost
{
    /// <summary>Builds the host.</summary>
    /// <param name="args">
    /// Settings such as <c>--urls http://127.0.0.1:8080</c> and <c>--DistributedFreeze:GatewayPort 30000</c>; see <see cref="SiloOptions"/>.
    /// </param>
    /// <exception cref="OptionsValidationException">A setting is wrong; nothing was started.</exception>
    public static WebApplication Build(string[] args)
    {
        // By itself .NET would empty what a file says as soon as it is half-written, and say nothing: SIGHUP reads again.
        var builder = WebApplication.CreateBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]);
        builder.Configuration.AddLogDefaults();
        var options = SiloOptions.Read(builder.Configuration);
        builder.AddMetricsPort(options);
        builder.FixEndpoints();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<LogHush>();
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(provider => provider.GetRequiredService<LogHush>());
        var roots = new PathRoots(options.DataRoots, options.OutputRoots);
        roots.WatchFiles();
        builder.Services.AddSingleton(roots);
        builder.Services.AddSingleton<EventFeeds>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.ShutdownSeconds));
        builder.UseOrleans(silo => silo.UseCluster(options));
        builder.Services.AddSingleton<IFatalErrorHandler, FatalErrors>(); // after Orleans, whose own aborts the process
        builder.Services.AddReadyChecks();
        builder.AddApi(options.Api);
        builder.Services.AddApiDocument(options.Api);
        builder.Services.AddSiloTelemetry(options, builder.Configuration);

        var app = builder.Build();
        foreach (var death in DeathWords.Of(FeatureDirectory.Marks.TakeOfDead()))
        {
            LogDied(app.Logger, death);
        }

        app.KeepMetricsApart(options);
        app.UseApi(options.Api, options.Dashboard, Exposure.WantsOurNames(options, app.Configuration));
        app.MapHealthChecks("/healthz", new HealthCheckOptions { Predicate = check => !check.Tags.Contains(ReadyChecks.Tag) });
        app.MapHealthChecks("/readyz", ReadyAnswer.Options);
        app.MapMetrics();
        app.Lifetime.ApplicationStarted.Register(() =>
            LogStarted(app.Logger, app.Services.GetRequiredService<ILocalSiloDetails>().GatewayAddress.Endpoint, options.ClusterId));
        return app;
    }

    [LoggerMessage(LogLevel.Error, "{Death}")]
    private static partial void LogDied(ILogger logger, string death);

    [LoggerMessage(LogLevel.Information, "Clients connect to {Gateway}, cluster {ClusterId}")]
    private static partial void LogStarted(ILogger logger, EndPoint gateway, string clusterId);
}
