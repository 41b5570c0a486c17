using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace DistributedFreeze.Client;

/// <summary>A client with a connection of its own, for a program without a host.</summary>
public sealed class ClusterConnection : IAsyncDisposable
{
    private readonly IHost _host;

    private ClusterConnection(IHost host)
    {
        _host = host;
        Client = host.Services.GetRequiredService<DistributedFreezeClient>();
    }

    /// <summary>The client; it works until this is disposed.</summary>
    public DistributedFreezeClient Client { get; }

    /// <summary>Connects to a cluster.</summary>
    /// <param name="options">How to find it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Errors.InvalidInputException">An option, or a file that one names, is wrong.</exception>
    /// <exception cref="ClusterUnavailableException">No gateway answered in time, or all refuse the client; the message says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<ClusterConnection> ConnectAsync(DistributedFreezeClientOptions options, CancellationToken cancellationToken = default)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddDistributedFreezeClient(options);
        var refusals = new GatewayRefusals(options.GatewaysOrDefault.Count, options.ClusterId, tls: options.Tls.IsOn);
        builder.Services.Configure<ClientConnectionOptions>(connections => connections.ConfigureConnection(refusals.ListenAt));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var host = builder.Build();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.ConnectTimeout);
        try
        {
            // The cluster's own client asks a port that nobody listens on until the time is up.
            await host.Services.GetRequiredService<GatewayProbes>().ReachAsync(deadline.Token);

            // Nor does it stop where every gateway keeps it out; and not every part of connecting heeds the token.
            var started = host.StartAsync(deadline.Token);
            if (await Task.WhenAny(started, refusals.OfAll).WaitAsync(deadline.Token) == refusals.OfAll)
            {
                throw new ClusterUnavailableException(await refusals.OfAll, new SocketException((int)SocketError.ConnectionReset));
            }

            await started;
            refusals.Connected();
            return new(host);
        }
        catch (ClusterUnavailableException)
        {
            host.Dispose();
            throw;
        }
        catch (Exception reason)
        {
            host.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new ClusterUnavailableException(Why(reason, options, refusals), reason);
        }
    }

    private static string Why(Exception reason, DistributedFreezeClientOptions options, GatewayRefusals refusals)
    {
        var gateways = string.Join(", ", options.GatewaysOrDefault);
        return reason switch
        {
            SocketException => $"No cluster answers at {gateways}: {reason.Message}.",
            AuthenticationException => reason.Message,
            _ => refusals.Any
                ?? $"No cluster answered at {gateways} within {options.ConnectTimeout.TotalSeconds:0.#} s; is a silo of cluster '{options.ClusterId}' running there?",
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>Leaves signals such as Ctrl-C to the program.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
