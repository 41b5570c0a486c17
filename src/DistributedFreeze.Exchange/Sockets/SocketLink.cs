using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>A link over a plain socket.</summary>
internal sealed class SocketLink : ILink
{
    private readonly bool _isTcp;

    /// <param name="socket">A connected socket, this link's from now on; never used asynchronously, which would wake a thread per packet.</param>
    public SocketLink(Socket socket)
    {
        Socket = socket;
        socket.Blocking = false;
        _isTcp = socket.ProtocolType == ProtocolType.Tcp;
    }

    public Socket Socket { get; }

    /// <summary>True once everything has been received and the other host's end, too.</summary>
    public bool HasEnded { get; private set; }

    public bool IsLost
    {
        get
        {
            try
            {
                return Socket.Poll(TimeSpan.Zero, SelectMode.SelectError) || HasHungUp();
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }
    }

    public int Send(ReadOnlySpan<byte> bytes, bool moreFollow)
    {
        try
        {
            var sent = moreFollow && _isTcp && MoreToCome.IsKnown
                ? MoreToCome.Send(Socket, bytes, out var error)
                : Socket.Send(bytes, SocketFlags.None, out error);
            return Check(sent, error);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException("lost its connection (closed on this side)", e);
        }
    }

    public int Receive(Span<byte> bytes)
    {
        try
        {
            var received = Socket.Receive(bytes, SocketFlags.None, out var error);
            HasEnded = received == 0 && error == SocketError.Success;
            return HasEnded ? throw new EndOfStreamException("closed its connection") : Check(received, error);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException("lost its connection (closed on this side)", e);
        }
    }

    public void Abort()
    {
        try
        {
            Socket.LingerState = new(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        Socket.Dispose();
    }

    public void EndSending()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other host was faster.
        }
    }

    public void Dispose() => Socket.Dispose();

    /// <summary>A Unix socket that the other host has closed has no error while there is something to read, but takes not even nothing.</summary>
    private bool HasHungUp()
    {
        if (Socket.AddressFamily != AddressFamily.Unix)
        {
            return false;
        }

        Socket.Send(ReadOnlySpan<byte>.Empty, SocketFlags.None, out var error);
        return error is not (SocketError.Success or SocketError.WouldBlock);
    }

    private static int Check(int moved, SocketError error) => error switch
    {
        SocketError.Success => moved,
        SocketError.WouldBlock or SocketError.IOPending or SocketError.TryAgain => 0,
        _ => throw new IOException($"lost its connection ({error})"),
    };
}
