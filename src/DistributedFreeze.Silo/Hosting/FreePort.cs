using System.Net;
using System.Net.Sockets;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>A TCP port that nobody listens on, held until this is disposed of: Orleans has to be told a number, and listens on it later.</summary>
/// <remarks>
/// It is taken from below the range that systems give to outgoing connections (32768 and up on Linux, 49152 elsewhere), and by chance: between
/// letting go of it and listening on it, which takes seconds on a busy machine, no connection and hardly another silo can take it.
/// </remarks>
internal sealed class FreePort : IDisposable
{
    /// <summary>The first port that is tried; above it, up to <see cref="End"/>, lies none of a silo's defaults.</summary>
    public const int First = 22_000;

    /// <summary>The port after the last one.</summary>
    public const int End = 30_000;

    private const int MostTries = 100;

    private readonly TcpListener _listener;

    /// <param name="address">Where to listen.</param>
    /// <exception cref="SocketException">Nothing can listen there.</exception>
    public FreePort(IPAddress address) => _listener = Listen(address);

    public int Number => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private static TcpListener Listen(IPAddress address)
    {
        for (var tries = 1; ; tries++)
        {
            // Where so many are taken, the system knows better.
            var listener = new TcpListener(address, tries > MostTries ? 0 : Random.Shared.Next(First, End));
            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException taken) when (tries <= MostTries && taken.SocketErrorCode is (SocketError.AddressAlreadyInUse or SocketError.AccessDenied))
            {
                listener.Dispose();
            }
        }
    }
}
