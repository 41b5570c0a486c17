using System.Runtime.CompilerServices;
using DistributedFreeze.Client.Security;
using DistributedFreeze.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Messaging;

namespace DistributedFreeze.Client;

/// <summary>Registers the client in a program's host.</summary>
public static class ClientServices
{
    /// <summary>Adds a <see cref="DistributedFreezeClient"/>, also as <see cref="IDistributedFreezeClient"/>, connected when the host starts; starting fails if the cluster does not answer or refuses the client.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">How to find the cluster.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="Errors.InvalidInputException">An option, or a file that one names, is wrong.</exception>
    [OverloadResolutionPriority(1)] // new() means options
    public static IServiceCollection AddDistributedFreezeClient(this IServiceCollection services, DistributedFreezeClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var gateways = options.Parse();
        var certificates = options.Tls.Read();
        services.AddSingleton(provider => new GatewayProbes(gateways, provider.GetService<RenewedCertificates>()));
        if (certificates is not null)
        {
            services.AddSingleton(provider => new RenewedCertificates(
                certificates, provider.GetRequiredService<ILogger<RenewedCertificates>>(), provider.GetService<TimeProvider>() ?? TimeProvider.System));

            // Hosted services start one after another: a refusal is told before the cluster's own client tries in vain.
            services.AddHostedService<TlsCheck>();
        }

        services.AddOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = options.ClusterId;
                cluster.ServiceId = options.ServiceId;
            });
            client.Configure<GatewayOptions>(gateway => gateway.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
            client.Services.AddSingleton<IGatewayListProvider, GatewayNames>();
            client.AddActivityPropagation();
            if (certificates is not null)
            {
                client.UseClusterTls();
            }
        });
        return services
            .AddSingleton(provider => new DistributedFreezeClient(provider.GetRequiredService<IClusterClient>()))
            .AddSingleton<IDistributedFreezeClient>(provider => provider.GetRequiredService<DistributedFreezeClient>());
    }

    /// <inheritdoc cref="AddDistributedFreezeClient(IServiceCollection, DistributedFreezeClientOptions)"/>
    /// <param name="services">The services.</param>
    /// <param name="configure">Says how to find the cluster, as by <c>configuration.GetSection("DistributedFreeze").Bind(options)</c>.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddDistributedFreezeClient(this IServiceCollection services, Action<DistributedFreezeClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new DistributedFreezeClientOptions();
        configure(options);
        return services.AddDistributedFreezeClient(options);
    }

    /// <summary>Adds a health check of the cluster: whether it answers, and how many devices it has.</summary>
    /// <param name="checks">The program's health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="tags">Tags by which checks are chosen.</param>
    /// <returns>The same health checks.</returns>
    public static IHealthChecksBuilder AddDistributedFreeze(this IHealthChecksBuilder checks, string name = "distributed-freeze", IEnumerable<string>? tags = null) =>
        checks.AddCheck<ClusterCheck>(name, failureStatus: null, tags ?? []);

    /// <inheritdoc cref="AddDistributedFreezeClient(IServiceCollection, Action{DistributedFreezeClientOptions})"/>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configure">Says how to find the cluster, as by <c>builder.Configuration.GetSection("DistributedFreeze").Bind(options)</c>.</param>
    /// <returns>The same builder.</returns>
    public static IHostApplicationBuilder AddDistributedFreezeClient(this IHostApplicationBuilder builder, Action<DistributedFreezeClientOptions> configure)
    {
        builder.Services.AddDistributedFreezeClient(configure);
        return builder;
    }

    /// <inheritdoc cref="AddDistributedFreezeClient(IServiceCollection, DistributedFreezeClientOptions)"/>
    /// <param name="builder">The host's builder.</param>
    /// <param name="options">How to find the cluster.</param>
    /// <returns>The same builder.</returns>
    [OverloadResolutionPriority(1)]
    public static IHostApplicationBuilder AddDistributedFreezeClient(this IHostApplicationBuilder builder, DistributedFreezeClientOptions options)
    {
        builder.Services.AddDistributedFreezeClient(options);
        return builder;
    }
}
