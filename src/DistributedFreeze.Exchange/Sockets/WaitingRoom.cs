using System.Net;
using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Connections that have not proven yet that they belong to an exchange. Not thread-safe.</summary>
/// <remarks>
/// No place is kept for whoever says nothing: where all are taken, the one that has waited longest of the address that has most of them leaves. One
/// address alone shuts nobody out.
/// </remarks>
/// <param name="places">How many there are, at least 1.</param>
internal sealed class WaitingRoom(int places)
{
    private readonly List<(Socket Socket, string Address)> _waiting = []; // the one that came first is first

    /// <summary>Those who wait.</summary>
    public IEnumerable<Socket> All => _waiting.Select(one => one.Socket);

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Whether one waits still.</summary>
    public bool Has(Socket socket) => _waiting.Exists(one => one.Socket == socket);

    /// <summary>Lets one in.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="peer">Where it comes from.</param>
    /// <returns>The one that has to leave for it; null where there was room.</returns>
    public Socket? Enter(Socket socket, EndPoint? peer)
    {
        var address = peer is IPEndPoint ip ? ip.Address.ToString() : "";
        _waiting.Add((socket, address));
        if (_waiting.Count <= places)
        {
            return null;
        }

        var most = _waiting.CountBy(one => one.Address).MaxBy(count => count.Value).Key;
        var first = _waiting.FindIndex(one => one.Address == most);
        var leaving = _waiting[first].Socket;
        _waiting.RemoveAt(first);
        return leaving;
    }

    /// <summary>Lets one out.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Leave(Socket socket) => _waiting.RemoveAll(one => one.Socket == socket) > 0;
}
