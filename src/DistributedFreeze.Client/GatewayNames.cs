using System.Net;
using System.Net.Sockets;
using Orleans.Messaging;

namespace DistributedFreeze.Client;

/// <summary>Gateways by name, looked up again and again: a silo that comes back may have another address.</summary>
internal sealed class GatewayNames(GatewayProbes doors) : IGatewayListProvider
{
    public TimeSpan MaxStaleness { get; } = TimeSpan.FromSeconds(1);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public async Task<IList<Uri>> GetGateways()
    {
        var found = await Task.WhenAll(doors.Usable().Select(FindAsync));
        return [.. found.SelectMany(endpoints => endpoints).Distinct().Select(endpoint => new Uri($"gwy.tcp://{endpoint}/0"))];
    }

    /// <returns>None for a name that nobody has: a silo that is away may have lost it, and the others are there all the same.</returns>
    private static async Task<IPEndPoint[]> FindAsync(DnsEndPoint gateway)
    {
        try
        {
            return [.. (await Dns.GetHostAddressesAsync(gateway.Host)).Select(address => new IPEndPoint(address, gateway.Port))];
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
