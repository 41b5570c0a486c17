using System.Net;
using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Waits for sockets by asking the kernel about all of them at once.</summary>
internal sealed class SocketWait : ILinkWait
{
    private readonly List<Socket> _receiving = [];
    private readonly List<Socket> _sending = [];
    private readonly List<Socket> _failing = [];
    private readonly Socket _waker = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _one = new byte[1];

    public SocketWait()
    {
        // A socket that is connected to itself takes datagrams from nobody else.
        _waker.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _waker.Connect(_waker.LocalEndPoint!);
        _waker.Blocking = false;
    }

    public void Wait(ReadOnlySpan<ILink?> links, ReadOnlySpan<bool> receives, ReadOnlySpan<bool> sends, TimeSpan? timeout)
    {
        _receiving.Clear();
        _sending.Clear();
        _failing.Clear();
        _receiving.Add(_waker);
        for (var i = 0; i < links.Length; i++)
        {
            if (links[i] is SocketLink link)
            {
                Add(_receiving, receives[i], link);
                Add(_sending, sends[i], link);

                // A Unix socket hangs up where TCP fails, and one whose end has been read would never let this wait.
                Add(_failing, !receives[i] && !link.HasEnded, link);
            }
        }

        Socket.Select(_receiving, _sending, _failing, timeout ?? Timeout.InfiniteTimeSpan);
        if (_receiving.Contains(_waker))
        {
            _waker.Receive(_one, SocketFlags.None, out _);
        }
    }

    public void Wake()
    {
        try
        {
            _waker.Send([0], SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any longer.
        }
    }

    public void Dispose() => _waker.Dispose();

    private static void Add(List<Socket> sockets, bool wanted, SocketLink link)
    {
        if (wanted)
        {
            sockets.Add(link.Socket);
        }
    }
}
