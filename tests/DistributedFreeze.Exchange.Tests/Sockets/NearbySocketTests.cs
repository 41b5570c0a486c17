using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Silos of one machine leave TCP out, and lose nothing by it.</summary>
public sealed class NearbySocketTests
{
    private const int Length = 5;

    [Theory]
    [InlineData(true, "over a Unix socket")]
    [InlineData(false, "over TCP")]
    public async Task SilosOfOneMachine_UseAUnixSocketWhereTheyMay(bool nearby, string way)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "abstract Unix sockets are Linux's");
        await using var silos = new Silos(2, nearby: nearby);

        await silos.RunAsync(2, Length, [1, 1], member => member.Step(_ => new float[Length]).Stop);

        silos.Logs[1].WaitFor($"reached Host 0 (127.0.0.1:{silos.Ports[0].Port}) {way}");
    }

    [Fact]
    public async Task ASiloThatHasNoUnixSocket_IsReachedOverTcpByOneThatHas()
    {
        await using var silos = new Silos(1);
        await using var plain = new Silos(1, nearby: false);
        var plan = silos.Plan(0, 2, 1) with { Hosts = [Host(plain), Host(silos)] };

        var totals = await Threads.Run(2, host =>
        {
            using var membership = (host == 0 ? plain : silos).Exchanges[0].Join(plan with { Host = host }, 0, Length);
            return new ExchangeMember(host, membership, new(new(2), Length), [host]).Step(_ => [1, 1, 1, 1, 1]).Values.ToArray();
        });

        Assert.All(totals, total => Assert.Equal([2, 2, 2, 2, 2], total));
        silos.Logs[0].WaitFor("over TCP");

        static ExchangeHost Host(Silos silos) => new($"127.0.0.1:{silos.Ports[0].Port}", 1);
    }

    [Fact]
    public async Task APeerOnTheUnixSocket_ProvesItselfLikeAnyOther()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "abstract Unix sockets are Linux's");
        await using var silos = new Silos(2);
        using var first = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Length);
        using var socket = NearbySocket.TryConnect(silos.Ports[0].Nearby)!;
        using var stream = new NetworkStream(socket);
        var foreign = silos.Plan(1, 2, 1, 1) with { Key = [.. new byte[ProcessGroup.KeyLength]] };

        var hello = Hello.Of(foreign, Length, to: 0).ToBytes(new byte[Hello.NonceSize]);
        stream.Write(hello);
        Hello.Read(stream);
        stream.ReadExactly(new byte[32]);
        stream.Write(new byte[32]);

        silos.Logs[0].WaitFor("did not prove that it knows the key");
        Assert.Equal(0, stream.Read(new byte[1]));
    }

    [Fact]
    public async Task AQuestion_IsAnsweredWithTheSocketAndBeginsNothing()
    {
        await using var silos = new Silos(2);
        using var first = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Length);
        using (var client = new TcpClient("127.0.0.1", silos.Ports[0].Port) { ReceiveTimeout = 10_000 })
        {
            var nearby = Handshake.AskNearby(client.GetStream(), silos.Plan(1, 2, 1, 1), Length, 0);
            Assert.Equal(silos.Ports[0].Nearby, nearby);
            Assert.Equal(0, client.GetStream().Read(new byte[1]));
        }

        // The seat of the one who asked is still free.
        using var second = silos.Exchanges[1].Join(silos.Plan(1, 2, 1, 1), 0, Length);
        var totals = await Threads.Run(2, host =>
            new ExchangeMember(host, host == 0 ? first : second, new(new(2), Length), [host]).Step(_ => [1, 1, 1, 1, 1]).Values.ToArray());
        Assert.All(totals, total => Assert.Equal([2, 2, 2, 2, 2], total));
    }

    [Fact]
    public async Task AClosedPort_LeavesNoUnixSocketBehind()
    {
        await using var silos = new Silos(1);

        await silos.Ports[0].DisposeAsync();

        Assert.Null(NearbySocket.TryConnect(silos.Ports[0].Nearby));
    }

    [Fact]
    public void AHostThatClosesBeforeItsBytesWereRead_IsKnownToBeLost()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "abstract Unix sockets are Linux's");
        var id = Guid.NewGuid();
        using var listener = NearbySocket.TryListen(id)!;
        using var link = new SocketLink(NearbySocket.TryConnect(id)!);
        using var wait = new SocketWait();
        var other = listener.Accept();
        other.Send([1, 2, 3]);
        Assert.False(link.IsLost);

        other.Dispose();
        wait.Wait([link], [false], [false], timeout: null);

        Assert.True(link.IsLost);
        Assert.Equal(3, link.Receive(new byte[8]));
    }
}
