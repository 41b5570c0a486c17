using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>A connection to another host before it is a link: a stream that waits, for the handshake.</summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket _socket;

    private Connection(Socket socket, Stream stream)
    {
        _socket = socket;
        Stream = stream;
    }

    public Stream Stream { get; }

    /// <summary>True where the connection is a plain one that did not leave this machine, and could be a <see cref="NearbySocket"/> instead.</summary>
    public bool CouldBeNearby => Stream is NetworkStream
        && _socket.LocalEndPoint is IPEndPoint own && _socket.RemoteEndPoint is IPEndPoint other && own.Address.Equals(other.Address);

    /// <summary>How the other host is reached, for the log.</summary>
    public string Way => _socket.AddressFamily == AddressFamily.Unix ? "a Unix socket" : Stream is SslStream ? "TLS" : "TCP";

    /// <summary>Connects. Synchronous, so that the socket never meets the runtime's event thread.</summary>
    /// <param name="host">The host.</param>
    /// <param name="tls">How to speak TLS, or null.</param>
    /// <param name="cancellationToken">Closes the socket, now and until its registration is disposed of.</param>
    /// <param name="closing">That registration.</param>
    public static Connection Connect(ExchangeHost host, ExchangeTls? tls, CancellationToken cancellationToken, out IDisposable closing)
    {
        if (!host.TryParse(out var name, out var port))
        {
            throw new InvalidDataException($"has no address of the form host:port: \"{host.Address}\"");
        }

        IPAddress[] addresses = IPAddress.TryParse(name, out var address)
            ? [address]
            : Dns.GetHostAddressesAsync(name, cancellationToken).GetAwaiter().GetResult();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closing = cancellationToken.UnsafeRegister(static state => ((Socket)state!).Dispose(), socket);
        try
        {
            socket.Connect(addresses, port);
            return Open(socket, tls is null ? null : stream =>
            {
                var options = tls.Client();
                if (string.IsNullOrEmpty(options.TargetHost))
                {
                    options.TargetHost = name;
                }

                stream.AuthenticateAsClient(options);
            });
        }
        catch
        {
            closing.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a host of this machine.</summary>
    /// <param name="nearby">Its socket; empty where it has none.</param>
    /// <param name="cancellationToken">Closes the socket, now and until its registration is disposed of.</param>
    /// <param name="closing">That registration.</param>
    /// <returns>Null where it cannot be reached this way.</returns>
    public static Connection? TryConnect(Guid nearby, CancellationToken cancellationToken, out IDisposable? closing)
    {
        var socket = nearby == Guid.Empty ? null : NearbySocket.TryConnect(nearby);
        closing = socket is null ? null : cancellationToken.UnsafeRegister(static state => ((Socket)state!).Dispose(), socket);
        return socket is null ? null : Open(socket, authenticate: null);
    }

    /// <summary>Takes a connection that came in.</summary>
    public static Connection Accept(Socket socket, ExchangeTls? tls) =>
        Open(socket, tls is null ? null : stream => stream.AuthenticateAsServer(tls.Server()));

    /// <summary>Ends the handshake's stream and makes the link, which owns the socket from now on.</summary>
    public ILink ToLink() => Stream is SslStream secured ? new TlsLink(_socket, secured) : new SocketLink(_socket);

    public void Dispose() => _socket.Dispose();

    private static Connection Open(Socket socket, Action<SslStream>? authenticate)
    {
        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }

        var plain = new NetworkStream(socket, ownsSocket: false);
        if (authenticate is null)
        {
            return new(socket, plain);
        }

        var secured = new SslStream(plain);
        authenticate(secured);
        return new(socket, secured);
    }
}
