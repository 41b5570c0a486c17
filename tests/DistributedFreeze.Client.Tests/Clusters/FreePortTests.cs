using System.Net;
using System.Net.Sockets;
using DistributedFreeze.Silo.Hosting;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>Ports for silos that are told none.</summary>
public sealed class FreePortTests
{
    [Fact]
    public void Ports_AreDifferentWhileTheyAreHeld_AndNoneOfThoseThatConnectionsGet()
    {
        var ports = Enumerable.Range(0, 50).Select(_ => new FreePort(IPAddress.Loopback)).ToList();

        Assert.Equal(50, ports.Select(port => port.Number).Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port.Number, FreePort.First, FreePort.End - 1));
        ports.ForEach(port => port.Dispose());
    }

    [Fact]
    public void APort_IsFreeAfterwards()
    {
        int number;
        using (var port = new FreePort(IPAddress.Loopback))
        {
            number = port.Number;
        }

        using var listener = new TcpListener(IPAddress.Loopback, number);
        listener.Start();
    }

    [Fact]
    public void AnAddressOfAnotherMachine_IsRefusedAtOnce() => Assert.Throws<SocketException>(() => new FreePort(IPAddress.Parse("192.0.2.1")));
}
