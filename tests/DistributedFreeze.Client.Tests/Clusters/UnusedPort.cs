using System.Net;
using DistributedFreeze.Silo.Hosting;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>Ports for processes that have to be told a number.</summary>
internal static class UnusedPort
{
    /// <summary>A port of this machine that no outgoing connection gets while the process starts.</summary>
    public static int Find()
    {
        using var free = new FreePort(IPAddress.Loopback);
        return free.Number;
    }
}
