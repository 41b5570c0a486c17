using System.Collections.Concurrent;
using System.Net;
using DistributedFreeze.Client.Security;
using Microsoft.AspNetCore.Connections;

namespace DistributedFreeze.Client;

/// <summary>Observes the connections of a client that is connecting, for gateways that accept them only to close them. Thread-safe.</summary>
/// <param name="gateways">How many there are.</param>
/// <param name="clusterId">The cluster that the client looks for.</param>
/// <param name="tls">Whether the client speaks TLS.</param>
internal sealed class GatewayRefusals(int gateways, string clusterId, bool tls)
{
    private readonly ConcurrentDictionary<EndPoint, string> _reasons = [];
    private readonly TaskCompletionSource<string> _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _over;

    /// <summary>The last reason, once every gateway has one: more attempts would not help.</summary>
    public Task<string> OfAll => _all.Task;

    /// <summary>Why one of the gateways refuses; null where none does.</summary>
    public string? Any => _reasons.Values.FirstOrDefault();

    public void ListenAt(IConnectionBuilder connections) => connections.Use(next => async context =>
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (!_over && context.RemoteEndPoint is not null)
        {
            await LearnAsync(context.RemoteEndPoint);
            throw;
        }
    });

    /// <summary>What ends later than this, ends for other reasons.</summary>
    public void Connected() => _over = true;

    private async Task LearnAsync(EndPoint gateway)
    {
        var reason = !tls && await ClusterTls.IsSpokenAsync(gateway, CancellationToken.None)
            ? $"The gateway {gateway} speaks TLS, and this client has no certificate; set Tls of its options, or --tls-cert, --tls-key and --tls-ca of dfreeze."
            : $"The gateway {gateway} takes connections and closes them again; is it one of cluster '{clusterId}'?";
        _reasons[gateway] = reason;
        if (_reasons.Count >= gateways)
        {
            _all.TrySetResult(reason);
        }
    }
}
