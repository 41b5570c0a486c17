using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using DistributedFreeze.Security;

namespace DistributedFreeze.Client;

/// <summary>The gateways that a client was given, tried one by one: Orleans's own client does not say why it is refused, and waits long for a gateway that is cut off.</summary>
/// <param name="gateways">At least one.</param>
/// <param name="certificates">What to show them; null speaks no TLS.</param>
internal sealed class GatewayProbes(ImmutableArray<DnsEndPoint> gateways, RenewedCertificates? certificates) : IDisposable
{
    private readonly ImmutableArray<GatewayProbe> _doors = [.. gateways.Select(gateway => new GatewayProbe(gateway, certificates))];
    private readonly CancellationTokenSource _over = new();

    /// <summary>Waits for the first one that takes a connection and, with TLS, lets the client in. All are tried at once.</summary>
    /// <exception cref="SocketException">None takes a connection; the reason of one of them.</exception>
    /// <exception cref="AuthenticationException">None lets the client in; the message says why one does not.</exception>
    public async Task ReachAsync(CancellationToken cancellationToken)
    {
        Exception? refused = null;
        await foreach (var attempt in Task.WhenEach(_doors.Select(door => door.TryAsync(_over.Token))).WithCancellation(cancellationToken))
        {
            if (await attempt is not { } reason)
            {
                return;
            }

            refused = refused is AuthenticationException ? refused : reason;
        }

        throw refused!;
    }

    /// <summary>Those that have let the client in, or all where none has yet. The others are tried again meanwhile.</summary>
    public ImmutableArray<DnsEndPoint> Usable()
    {
        foreach (var door in _doors)
        {
            _ = door.TryAsync(_over.Token);
        }

        ImmutableArray<DnsEndPoint> open = [.. _doors.Where(door => door.IsOpen).Select(door => door.Gateway)];
        return open.IsEmpty ? [.. _doors.Select(door => door.Gateway)] : open;
    }

    public void Dispose() => _over.Cancel(); // and no more: the cluster's client may still ask for a token
}
