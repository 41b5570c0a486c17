using System.Net;
using System.Net.Sockets;
using DistributedFreeze.Grains.Hosting;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What every silo of this program has in common.</summary>
public static class SiloSetup
{
    /// <summary>Threads that the pool has ready: a starved pool answers no ping, and a silo that answers none is declared dead.</summary>
    private const int MinimumPoolThreads = 16;

    /// <summary>A cluster of one, on loopback, that keeps its state in memory.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="siloPort">Port for silos; 0 takes a free one.</param>
    /// <param name="gatewayPort">Port for clients; 0 takes a free one.</param>
    public static ISiloBuilder UseLocalCluster(this ISiloBuilder silo, int siloPort = 0, int gatewayPort = 0)
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, MinimumPoolThreads), Math.Max(completions, MinimumPoolThreads));
        // Both are held until both are found, or they could be the same one.
        using var first = siloPort == 0 ? new FreePort() : null;
        using var second = gatewayPort == 0 ? new FreePort() : null;
        silo.UseLocalhostClustering(first?.Number ?? siloPort, second?.Number ?? gatewayPort);
        silo.AddMemoryGrainStorage(GrainServices.StorageName);
        silo.Services.AddDistributedFreezeGrains();
        return silo;
    }

    private sealed class FreePort : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public FreePort() => _listener.Start();

        public int Number => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();
    }
}
