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
    /// <summary>Adds a <see cref="DistributedFreezeClient"/>, connected when the host starts; starting fails if the cluster does not answer or refuses the client.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">How to find the cluster.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="Errors.InvalidInputException">An option, or a file that one names, is wrong.</exception>
    public static IServiceCollection AddDistributedFreezeClient(this IServiceCollection services, DistributedFreezeClientOptions options)
    {
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
        return services.AddSingleton(provider => new DistributedFreezeClient(provider.GetRequiredService<IClusterClient>()));
    }

    /// <inheritdoc cref="AddDistributedFreezeClient(IServiceCollection, DistributedFreezeClientOptions)"/>
    /// <param name="builder">The host's builder.</param>
    /// <param name="options">How to find the cluster.</param>
    /// <returns>The same builder.</returns>
    public static IHostApplicationBuilder AddDistributedFreezeClient(this IHostApplicationBuilder builder, DistributedFreezeClientOptions options)
    {
        builder.Services.AddDistributedFreezeClient(options);
        return builder;
    }
}
