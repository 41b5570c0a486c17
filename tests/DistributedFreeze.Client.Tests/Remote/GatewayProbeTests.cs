using System.Net;
using System.Net.Sockets;

namespace DistributedFreeze.Client.Tests.Remote;

public sealed class GatewayProbeTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task OnlyGatewaysThatHaveTakenAConnection_AreUsed()
    {
        using var cutOff = new CutOffPort();
        using var open = new TcpListener(IPAddress.Loopback, 0);
        open.Start();
        using var doors = new GatewayProbes([Point(cutOff.Gateway), Point($"{open.LocalEndpoint}")], certificates: null);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline); // long before the system gives the other one up

        await doors.ReachAsync(deadline.Token);

        Assert.Equal([Point($"{open.LocalEndpoint}")], doors.Usable());
    }

    [Fact]
    public async Task GatewaysThatHaveNotAnswered_AreUsedWhereNoOtherOneHas()
    {
        using var cutOff = new CutOffPort();
        using var doors = new GatewayProbes([Point(cutOff.Gateway), Point("127.0.0.1:1")], certificates: null);

        Assert.Equal([Point(cutOff.Gateway), Point("127.0.0.1:1")], doors.Usable());
    }

    [Fact]
    public async Task AGatewayThatComesUpLater_IsFoundWhenItIsTriedAgain()
    {
        using var later = new TcpListener(IPAddress.Loopback, 0);
        later.Start();
        var point = Point($"{later.LocalEndpoint}");
        later.Stop();
        var door = new GatewayProbe(point, certificates: null);

        Assert.IsType<SocketException>(await door.TryAsync(TestContext.Current.CancellationToken));
        Assert.False(door.IsOpen);
        using var up = new TcpListener(IPAddress.Loopback, point.Port);
        up.Start();

        Assert.Null(await door.TryAsync(TestContext.Current.CancellationToken));
        Assert.True(door.IsOpen);
    }

    private static DnsEndPoint Point(string gateway) => new DistributedFreezeClientOptions { Gateways = [gateway] }.Parse()[0];
}
