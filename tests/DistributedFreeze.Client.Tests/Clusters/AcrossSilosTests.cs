using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>Law 3 across processes: one, two and three silos give the very bits of a single process.</summary>
[Slow(seconds: 40)]
public sealed class AcrossSilosTests(ClusterRuns runs)
{
    private const int Epochs = 4; // nothing befalls these runs

    [Fact]
    public async Task SilosInProcessesOfTheirOwn_GiveTheBitsOfASingleProcess()
    {
        await using var cluster = await SiloCluster.StartAsync(silos: 1);
        await AssertSameBitsAsync(cluster, replicas: 1);
        await cluster.AddAsync();
        await AssertSameBitsAsync(cluster, replicas: 2);
        await cluster.AddAsync(slots: 2);
        await AssertSameBitsAsync(cluster, replicas: 4); // that is, on every device of the three silos
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
            runs.Spec("on-ipv6", replicas: 2, Epochs) with { MinReplicas = 2 }, cancellationToken: TestContext.Current.CancellationToken);
        var run = await connection.Client.WaitAsync(runId, TestContext.Current.CancellationToken);

        Assert.All(cluster.Gateways, gateway => Assert.StartsWith($"[{address}]:", gateway, StringComparison.Ordinal));
        await runs.AssertSameResultAsync(run);
        Assert.Equal(2, run.Receipt!.Replicas);
    }

    private async Task AssertSameBitsAsync(SiloCluster cluster, int replicas)
    {
        await using var connection = await cluster.ConnectAsync();
        var spec = runs.Spec($"on-{replicas}", replicas, Epochs) with { MinReplicas = replicas };
        var runId = await connection.Client.SubmitAsync(spec, cancellationToken: TestContext.Current.CancellationToken);
        var run = await connection.Client.WaitAsync(runId, TestContext.Current.CancellationToken);

        await runs.AssertSameResultAsync(run);
        Assert.Equal(replicas, run.Receipt!.Replicas);
    }

    private static IPAddress? OwnIPv6() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(one => one.OperationalStatus == OperationalStatus.Up)
        .SelectMany(one => one.GetIPProperties().UnicastAddresses)
        .Select(one => one.Address)
        .FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(one) && !one.IsIPv6LinkLocal);
}
