using System.Net;
using System.Net.Sockets;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>A port that answers nothing, not even with a refusal, as behind a firewall: its queue is full, and nobody takes from it.</summary>
internal sealed class CutOffPort : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TcpClient _first = new();

    public CutOffPort()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It relies on how Linux treats a full queue.");
        _listener.Start(backlog: 0);
        _first.Connect((IPEndPoint)_listener.LocalEndpoint);
    }

    /// <summary>Where it is.</summary>
    public string Gateway => $"{_listener.LocalEndpoint}";

    public void Dispose()
    {
        _first.Dispose();
        _listener.Dispose();
    }
}
