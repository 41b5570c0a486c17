using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using DistributedFreeze.Client.Security;
using DistributedFreeze.Security;

namespace DistributedFreeze.Client;

/// <summary>One gateway: whether it takes connections and, with TLS, lets the client in. Thread-safe.</summary>
/// <param name="gateway">Where it is.</param>
/// <param name="certificates">What to show it; null speaks no TLS.</param>
internal sealed class GatewayProbe(DnsEndPoint gateway, RenewedCertificates? certificates)
{
    private static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private Task<Exception?>? _attempt;

    public DnsEndPoint Gateway => gateway;

    /// <summary>Whether it has accepted the client once. Orleans's own client notices if it fails later.</summary>
    public bool IsOpen => _attempt is { IsCompletedSuccessfully: true, Result: null };

    /// <summary>Tries it, or waits for the attempt that is under way; nothing more is tried at an open one.</summary>
    /// <param name="cancellationToken">Ends an attempt that begins now.</param>
    /// <returns>Why it cannot be used; null where it can.</returns>
    public Task<Exception?> TryAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _attempt is { IsCompleted: false } || IsOpen ? _attempt! : _attempt = AttemptAsync(cancellationToken);
        }
    }

    private async Task<Exception?> AttemptAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestAttempt);
        try
        {
            if (certificates is not null)
            {
                await ClusterTls.EnsureLetInAsync(gateway.Host, gateway.Port, certificates.Current, limit.Token);
                return null;
            }

            using var socket = new TcpClient();
            await socket.ConnectAsync(gateway.Host, gateway.Port, limit.Token);
            return null;
        }
        catch (Exception reason) when (reason is SocketException or AuthenticationException)
        {
            return reason;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SocketException((int)SocketError.TimedOut);
        }
    }
}
