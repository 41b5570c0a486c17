using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>The one port of a silo on which the exchanges of other silos reach it.</summary>
/// <remarks>
/// Thread-safe. Every connection must name an exchange that this silo takes part in and prove that it knows the exchange's key. One that
/// comes before its exchange has begun here is parked, within <see cref="PortLimits"/>. What is refused is logged and disturbs nobody.
/// Silos of the same machine are told of a Unix socket, which is faster, and come by that.
/// </remarks>
public sealed partial class ExchangePort : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);
    private readonly Dictionary<string, SocketExchange> _exchanges = new(StringComparer.Ordinal);
    private readonly WaitingRoom _pending;
    private readonly LogBudget _refusals = new(most: 50, TimeSpan.FromSeconds(10));
    private readonly Task _ended;
    private readonly ManualResetEventSlim _closing = new();
    private readonly Socket _listener;
    private readonly Socket? _nearby;
    private readonly ILogger _logger;
    private readonly PortLimits _limits;

    private ExchangePort(Socket listener, ILogger logger, ExchangeTls? tls, PortLimits limits, bool nearby)
    {
        _listener = listener;
        _logger = logger;
        _limits = limits;
        _pending = new(limits.Pending);
        Tls = tls;
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var id = Guid.NewGuid();
        _nearby = nearby && tls is null ? NearbySocket.TryListen(id) : null;
        Nearby = _nearby is null ? Guid.Empty : id;
        _ended = Task.WhenAll(Listen(listener), _nearby is null ? Task.CompletedTask : Listen(_nearby));
    }

    /// <summary>The port that is listened on.</summary>
    public int Port { get; }

    /// <summary>Which <see cref="NearbySocket"/> is listened on, too; empty where there is none.</summary>
    internal Guid Nearby { get; }

    /// <summary>How connections speak TLS; null where they do not.</summary>
    internal ExchangeTls? Tls { get; }

    /// <summary>Where exchanges that use this port log.</summary>
    internal ILogger Logger => _logger;

    /// <summary>Begins to listen.</summary>
    /// <param name="bind">The address to listen on.</param>
    /// <param name="port">The port, 0 for any that is free.</param>
    /// <param name="logger">Takes what happens on the port.</param>
    /// <param name="tls">How connections speak TLS, both those that come in and those that go out; null for plain ones.</param>
    /// <param name="limits">What unknown connections are allowed; null for the defaults.</param>
    /// <param name="nearby">False where silos of the same machine shall come over TCP, too, as they do with TLS and where there is no Linux.</param>
    /// <exception cref="SocketException">The address or the port is not to be had.</exception>
    public static ExchangePort Start(
        IPAddress bind, int port, ILogger logger, ExchangeTls? tls = null, PortLimits? limits = null, bool nearby = true)
    {
        var listener = new Socket(bind.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(bind, port));
            listener.Listen();
            return new(listener, logger, tls, limits ?? new(), nearby);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Ends listening and refuses who is still parked. Exchanges that are connected go on.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_exchanges)
        {
            _closing.Set();
            _listener.Dispose();
            _nearby?.Dispose();
            foreach (var socket in _pending.All)
            {
                socket.Dispose();
            }

            Monitor.PulseAll(_exchanges);
        }

        await _ended;
    }

    /// <summary>Lets other hosts reach an exchange.</summary>
    /// <exception cref="InvalidOperationException">The port is closed, or an exchange of that name is there.</exception>
    internal void Register(string name, SocketExchange exchange)
    {
        lock (_exchanges)
        {
            if (_closing.IsSet || !_exchanges.TryAdd(name, exchange))
            {
                throw new InvalidOperationException(
                    _closing.IsSet ? "The exchange port is closed." : $"This silo takes part in an exchange \"{name}\" already.");
            }

            Monitor.PulseAll(_exchanges);
        }
    }

    /// <summary>Ends what <see cref="Register"/> began.</summary>
    internal void Unregister(string name)
    {
        lock (_exchanges)
        {
            _exchanges.Remove(name);
        }
    }

    private Task Listen(Socket listener)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            AcceptAll(listener);
            ended.SetResult();
        })
        {
            Name = "exchange-port",
            IsBackground = true,
        }.Start();
        return ended.Task;
    }

    private void AcceptAll(Socket listener)
    {
        while (!_closing.IsSet)
        {
            try
            {
                Receive(listener.Accept());
            }
            catch (ObjectDisposedException)
            {
                break;
            }
            catch (SocketException e)
            {
                if (!_closing.IsSet)
                {
                    LogNotAccepted(e);
                    _closing.Wait(AcceptPause);
                }
            }
        }
    }

    private void Receive(Socket socket)
    {
        lock (_exchanges)
        {
            if (_closing.IsSet)
            {
                socket.Dispose();
                return;
            }

            if (_pending.Enter(socket, PeerOf(socket)) is { } leaving)
            {
                Refuse(PeerOf(leaving), $"had proven nothing when {_pending.Count} others were waiting");
                leaving.Dispose();
                Monitor.PulseAll(_exchanges); // it may wait for an exchange
            }
        }

        new Thread(() => Admit(socket)) { Name = "exchange-handshake", IsBackground = true }.Start();
    }

    private void Admit(Socket socket)
    {
        var peer = PeerOf(socket);
        try
        {
            Connect(socket);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SocketException or ObjectDisposedException or AuthenticationException)
        {
            socket.Dispose();
            if (Leave(socket))
            {
                Refuse(peer, e.Message);
            }
        }
        finally
        {
            Leave(socket);
        }
    }

    /// <returns>False where it had to make room for another before.</returns>
    private bool Leave(Socket socket)
    {
        lock (_exchanges)
        {
            return _pending.Leave(socket);
        }
    }

    private static EndPoint? PeerOf(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private void Refuse(EndPoint? peer, string reason)
    {
        if (_refusals.TryTake(Environment.TickCount64, out var missed))
        {
            LogRefused(peer, missed == 0 ? reason : $"{reason} ({missed} more were refused without a line)");
        }
    }

    private void Connect(Socket socket)
    {
        using var deadline = new CancellationTokenSource(_limits.Handshake);
        var closing = deadline.Token.UnsafeRegister(static state => ((Socket)state!).Dispose(), socket);
        using (closing)
        {
            var connection = Connection.Accept(socket, Tls);
            var (hello, bytes) = Hello.Read(connection.Stream);
            deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            if (Find(hello.Name, hello.Purpose == HelloPurpose.AbortMessage ? TimeSpan.Zero : _limits.Parking, socket) is not { } exchange)
            {
                if (hello.Purpose == HelloPurpose.AbortMessage)
                {
                    connection.Dispose(); // the exchange has ended here, too
                    return;
                }

                throw new InvalidDataException($"asked for exchange \"{hello.Name}\", in which this silo takes no part");
            }

            deadline.CancelAfter(_limits.Handshake);
            exchange.Answer(connection, hello, bytes, () =>
            {
                // From here on the socket is the exchange's, and no deadline may close it.
                closing.Dispose();
                return !deadline.IsCancellationRequested && Leave(socket);
            });
        }
    }

    /// <returns>Null where there is none for as long as <paramref name="parking"/>, or <paramref name="socket"/> has had to make room.</returns>
    private SocketExchange? Find(string name, TimeSpan parking, Socket socket)
    {
        var until = Environment.TickCount64 + (long)parking.TotalMilliseconds;
        lock (_exchanges)
        {
            while (true)
            {
                if (_exchanges.TryGetValue(name, out var exchange))
                {
                    return exchange;
                }

                var left = until - Environment.TickCount64;
                if (left <= 0 || _closing.IsSet || !_pending.Has(socket))
                {
                    return null;
                }

                Monitor.Wait(_exchanges, (int)Math.Min(left, int.MaxValue));
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Refused an exchange connection from {Peer}: it {Reason}")]
    private partial void LogRefused(EndPoint? peer, string reason);

    [LoggerMessage(LogLevel.Error, "The exchange port could not accept a connection; it tries again")]
    private partial void LogNotAccepted(Exception exception);
}
