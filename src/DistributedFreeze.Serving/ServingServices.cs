using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedFreeze.Serving;

/// <summary>What a host needs to serve a classifier.</summary>
public static class ServingServices
{
    /// <summary>Adds a classifier, which is loaded when the host starts, and a health check of it.</summary>
    /// <remarks>A file that cannot be served keeps the host from starting.</remarks>
    /// <param name="services">The host's.</param>
    /// <param name="configure">Says which model, and how.</param>
    /// <example>
    /// <code><![CDATA[
    /// using DistributedFreeze.Serving;
    /// using Microsoft.AspNetCore.Builder;
    ///
    /// var builder = WebApplication.CreateBuilder(args);
    /// builder.Services.AddClassifier(options => options.Model = "run1/model.onnx"); // what dfreeze export run1 wrote
    /// var app = builder.Build();
    /// app.MapClassifier();
    /// app.MapHealthChecks("/healthz");
    /// app.Run();
    /// ]]></code>
    /// </example>
    public static IServiceCollection AddClassifier(this IServiceCollection services, Action<ServingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<ServingOptions>().Configure(configure).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddProblemDetails();
        services.AddSingleton<ServingMetrics>();
        services.AddSingleton<ServedClassifier>();
        services.AddHostedService(provider => provider.GetRequiredService<ServedClassifier>());
        services.AddHealthChecks().AddCheck<Health>("classifier");
        return services;
    }

    /// <summary>Degraded, but answering, while the file holds something that cannot be served.</summary>
    private sealed class Health(ServedClassifier classifier) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(classifier.ReloadFault is { } fault ? HealthCheckResult.Degraded(fault) : HealthCheckResult.Healthy(classifier.ModelSha256));
    }
}
