using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>Law 3 across processes: one, two and three silos give the very bits of a single process.</summary>
[Slow(seconds: 80)]
public sealed class AcrossSilosTests(ShortClusterRuns runs) : IClassFixture<ShortClusterRuns>
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 2)]
    public async Task SilosInProcessesOfTheirOwn_GiveTheBitsOfASingleProcess(int silos, int slots)
    {
        await using var cluster = await SiloCluster.StartAsync(silos, slots);
        await using var connection = await cluster.ConnectAsync();
        var client = connection.Client;

        var spec = runs.Spec($"on-{silos}-{slots}", silos * slots) with { MinReplicas = silos * slots };
        var runId = await client.SubmitAsync(spec, cancellationToken: TestContext.Current.CancellationToken);
        var run = await client.WaitAsync(runId, TestContext.Current.CancellationToken);

        runs.AssertSameResult(run);
        Assert.Equal(silos * slots, run.Receipt!.Replicas);
    }

    [Fact]
    public async Task SilosOnIPv6_FindOneAnother()
    {
        var address = OwnIPv6();
        Assert.SkipWhen(address is null, "This machine has no IPv6 address but loopback.");
        await using var cluster = await SiloCluster.StartAsync(
            silos: 2, slots: 1, $"AdvertisedAddress={address}", $"DataRoots:0={runs.Folder}", $"OutputRoots:0={runs.Folder}");
        await using var connection = await cluster.ConnectAsync();

        var runId = await connection.Client.SubmitAsync(
            runs.Spec("on-ipv6", replicas: 2) with { MinReplicas = 2 }, cancellationToken: TestContext.Current.CancellationToken);
        var run = await connection.Client.WaitAsync(runId, TestContext.Current.CancellationToken);

        Assert.All(cluster.Gateways, gateway => Assert.StartsWith($"[{address}]:", gateway, StringComparison.Ordinal));
        runs.AssertSameResult(run);
        Assert.Equal(2, run.Receipt!.Replicas);
    }

    private static IPAddress? OwnIPv6() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(one => one.OperationalStatus == OperationalStatus.Up)
        .SelectMany(one => one.GetIPProperties().UnicastAddresses)
        .Select(one => one.Address)
        .FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(one) && !one.IsIPv6LinkLocal);
}
