using System.Net.Sockets;
using Microsoft.Extensions.Hosting;

namespace DistributedFreeze.Client;

/// <summary>Ends the start of a host whose client no gateway lets in, and says why.</summary>
internal sealed class TlsCheck(GatewayProbes doors) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await doors.ReachAsync(cancellationToken);
        }
        catch (SocketException)
        {
            // A cluster that is not there yet: its own client asks again for a while.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
