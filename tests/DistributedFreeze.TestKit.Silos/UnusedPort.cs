using System.Collections.Concurrent;
using System.Net;
using DistributedFreeze.Silo.Hosting;

namespace DistributedFreeze.TestKit.Silos;

/// <summary>Ports for processes that have to be told a number.</summary>
public static class UnusedPort
{
    /// <summary>Numbers that were told: a process that is still starting does not listen on its own yet.</summary>
    private static readonly ConcurrentDictionary<int, bool> Given = [];

    /// <summary>A port of this machine that no outgoing connection gets while the process starts, and nobody else of this program.</summary>
    public static int Find()
    {
        while (true)
        {
            using var free = new FreePort(IPAddress.Loopback);
            if (Given.TryAdd(free.Number, true))
            {
                return free.Number;
            }
        }
    }
}
