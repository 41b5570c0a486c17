using System.Collections.Immutable;
using System.Net;
using Orleans.Messaging;

namespace DistributedFreeze.Client;

/// <summary>Gateways by name, looked up again and again: a silo that comes back may have another address.</summary>
internal sealed class GatewayNames(ImmutableArray<DnsEndPoint> gateways) : IGatewayListProvider
{
    public TimeSpan MaxStaleness { get; } = TimeSpan.FromSeconds(1);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public async Task<IList<Uri>> GetGateways()
    {
        var found = await Task.WhenAll(gateways.Select(async gateway =>
            (await Dns.GetHostAddressesAsync(gateway.Host)).Select(address => new IPEndPoint(address, gateway.Port))));
        return [.. found.SelectMany(endpoints => endpoints).Distinct().Select(endpoint => new Uri($"gwy.tcp://{endpoint}/0"))];
    }
}
