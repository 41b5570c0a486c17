using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Messaging;

namespace DistributedFreeze.Client;

/// <summary>Registers the client in a host of one's own.</summary>
public static class ClientServices
{
    /// <summary>Adds a <see cref="DistributedFreezeClient"/>, connected when the host starts; starting fails where the cluster does not answer.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">How to find the cluster.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="Errors.InvalidInputException">An option is wrong.</exception>
    public static IServiceCollection AddDistributedFreezeClient(this IServiceCollection services, DistributedFreezeClientOptions options)
    {
        var gateways = options.Parse();
        services.AddOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = options.ClusterId;
                cluster.ServiceId = options.ServiceId;
            });
            client.Configure<GatewayOptions>(gateway => gateway.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
            client.Services.AddSingleton<IGatewayListProvider>(new GatewayNames(gateways));
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
