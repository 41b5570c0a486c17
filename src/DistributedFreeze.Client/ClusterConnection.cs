using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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
    /// <exception cref="Errors.InvalidInputException">An option is wrong.</exception>
    /// <exception cref="ClusterUnavailableException">No gateway answered in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<ClusterConnection> ConnectAsync(DistributedFreezeClientOptions options, CancellationToken cancellationToken = default)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddDistributedFreezeClient(options);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var host = builder.Build();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.ConnectTimeout);
        try
        {
            // The cluster's own client asks a port that nobody listens on until the time is up.
            await ReachAsync(options.Parse(), deadline.Token);

            // Not every part of connecting heeds the token.
            await host.StartAsync(deadline.Token).WaitAsync(deadline.Token);
            return new(host);
        }
        catch (Exception reason)
        {
            host.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            var gateways = string.Join(", ", options.Gateways);
            throw new ClusterUnavailableException(
                reason is SocketException
                    ? $"No cluster answers at {gateways}: {reason.Message}."
                    : $"No cluster answered at {gateways} within {options.ConnectTimeout.TotalSeconds:0.#} s; is a silo of cluster '{options.ClusterId}' running there?",
                reason);
        }
    }

    /// <exception cref="SocketException">No gateway takes a connection; the last one's reason.</exception>
    private static async Task ReachAsync(ImmutableArray<DnsEndPoint> gateways, CancellationToken cancellationToken)
    {
        SocketException? refused = null;
        foreach (var gateway in gateways)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(gateway.Host, gateway.Port, cancellationToken);
                return;
            }
            catch (SocketException reason)
            {
                refused = reason;
            }
        }

        throw refused!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>Signals belong to the program.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
