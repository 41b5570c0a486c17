using System.Net.Security;
using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>A link over TLS: its stream can only wait, so two threads wait for it.</summary>
internal sealed class TlsLink : ILink
{
    private const int RingBytes = 512 * 1024;
    private const int ReadBytes = 32 * 1024;
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);
    private readonly Socket _socket;
    private readonly SslStream _stream;
    private readonly ByteRing _out = new(RingBytes);
    private readonly ByteRing _in = new(RingBytes);
    private Timer? _closing;
    private volatile string? _lost;
    private volatile Action _changed = () => { };

    /// <param name="socket">The socket.</param>
    /// <param name="stream">Its stream, authenticated; both are this link's from now on.</param>
    public TlsLink(Socket socket, SslStream stream)
    {
        _socket = socket;
        _stream = stream;
        new Thread(SendAll) { Name = "exchange-tls-send", IsBackground = true }.Start();
        new Thread(ReceiveAll) { Name = "exchange-tls-receive", IsBackground = true }.Start();
    }

    public bool IsLost => _lost is not null;

    /// <summary>Says who is told when bytes have arrived or left.</summary>
    public void Tell(ILinkWait wait)
    {
        _changed = wait.Wake;
        wait.Wake();
    }

    public int Send(ReadOnlySpan<byte> bytes, bool moreFollow)
    {
        if (_lost is { } reason)
        {
            throw new IOException(reason);
        }

        return _out.Write(bytes);
    }

    public int Receive(Span<byte> bytes)
    {
        // Read the reason first: what came before the end is given before the end is told.
        var reason = _lost;
        var received = _in.Read(bytes);
        return received == 0 && reason is not null ? throw new IOException(reason) : received;
    }

    public void Abort()
    {
        Dispose();
        _socket.Dispose();
    }

    public void EndSending() => _out.End();

    /// <summary>Lets what was taken travel, and closes when the other host has, or a little later.</summary>
    public void Dispose()
    {
        _closing ??= new(_ => _socket.Dispose(), null, CloseTime, Timeout.InfiniteTimeSpan);
        _out.End();
        _in.End();
    }

    private void SendAll()
    {
        var bytes = new byte[ReadBytes];
        try
        {
            while (_out.WaitToRead())
            {
                var count = _out.Read(bytes);
                _changed();
                _stream.Write(bytes, 0, count);
            }

            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            Lose($"lost its connection ({e.Message})");
        }
    }

    private void ReceiveAll()
    {
        var bytes = new byte[ReadBytes];
        try
        {
            while (_stream.Read(bytes) is > 0 and var count)
            {
                var rest = bytes.AsSpan(0, count);
                while (!rest.IsEmpty && _in.WaitToWrite())
                {
                    rest = rest[_in.Write(rest)..];
                    _changed();
                }
            }

            Lose("closed its connection");
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            Lose($"lost its connection ({e.Message})");
        }
        finally
        {
            _stream.Dispose();
            _socket.Dispose();
        }
    }

    private void Lose(string reason)
    {
        _lost ??= reason;
        _changed();
    }
}
