using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Who may come in.</summary>
public sealed class ExchangePortTests
{
    private const int Length = 5;

    [Fact]
    public async Task APeerWithAnotherKey_IsRefusedAndDisturbsNothing()
    {
        await using var silos = new Silos(2);
        using var first = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Length);
        var foreign = silos.Plan(1, 2, 1, 1) with { Key = [.. new byte[ProcessGroup.KeyLength]] };

        Assert.Contains("did not prove", Assert.Throws<InvalidDataException>(() => RawPeer.Join(foreign, Length)).Message, StringComparison.Ordinal);
        ConnectWithWrongProof(silos);

        silos.Logs[0].WaitFor("did not prove that it knows the key of exchange \"run/0/1\"");
        await AssertStepWorks(silos, first);
    }

    [Fact]
    public async Task AMemberWithAnotherKey_IsToldWhoDidNotKnowIt()
    {
        await using var silos = new Silos(2);
        using var first = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Length);
        using var foreign = silos.Exchanges[1].Join(silos.Plan(1, 2, 1, 1) with { Key = [.. new byte[ProcessGroup.KeyLength]] }, 0, Length);

        var broken = Assert.Throws<ExchangeBrokenException>(() => Member(foreign, 1).Step(_ => new float[Length]));

        Assert.Contains("Host 0 (127.0.0.1:", broken.Message, StringComparison.Ordinal);
        Assert.Contains("did not prove that it knows the key", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GarbageInsteadOfAGreeting_IsRefusedAndDisturbsNothing()
    {
        await using var silos = new Silos(2);
        using var first = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Length);
        using var peer = new RawPeer(silos.Ports[0].Port);

        peer.Stream.Write("GET / HTTP/1.1\r\n\r\n"u8);
        peer.ReadToEnd();

        silos.Logs[0].WaitFor("sent something that is no greeting");
        await AssertStepWorks(silos, first);
    }

    [Fact]
    public async Task AMemberThatSeesTheExchangeOtherwise_BreaksItForBoth()
    {
        await using var silos = new Silos(2);

        var broken = await Threads.Run(2, host =>
        {
            using var membership = silos.Exchanges[host].Join(silos.Plan(host, 2, 1, 1), 0, Length + host);
            var member = new ExchangeMember(host, membership, new(new(2), Length + host), [host]);
            return Assert.Throws<ExchangeBrokenException>(() => member.Step(_ => new float[Length + host])).Message;
        });

        Assert.Contains("has vector length 6 where this host has 5", broken[0], StringComparison.Ordinal);
        Assert.Contains("has vector length 5 where this host has 6", broken[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task APeerThatComesEarly_IsParkedUntilItsExchangeBegins()
    {
        await using var silos = new Silos(2);
        using var peer = new RawPeer(silos.Ports[0].Port);
        var plan = silos.Plan(1, 2, 1, 1);
        peer.Stream.Write(Hello.Of(plan, Length, to: 0).ToBytes(new byte[Hello.NonceSize]));

        using var first = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Length);

        Assert.Equal(plan.Name, Hello.Read(peer.Stream).Hello.Name);
    }

    [Fact]
    public async Task APeerOfAnUnknownExchange_IsRefusedWhenItsTimeIsOver()
    {
        await using var silos = new Silos(2, limits: new() { Parking = TimeSpan.Zero });
        using var peer = new RawPeer(silos.Ports[0].Port);

        peer.Stream.Write(Hello.Of(silos.Plan(1, 2, 1, 1), Length, to: 0).ToBytes(new byte[Hello.NonceSize]));
        peer.ReadToEnd();

        silos.Logs[0].WaitFor("asked for exchange \"run/0/1\", in which this silo takes no part");
    }

    [Fact]
    public async Task MoreUnknownPeersThanAllowed_AreTurnedAway()
    {
        await using var silos = new Silos(1, limits: new() { Pending = 1 });
        using var waiting = new RawPeer(silos.Ports[0].Port);
        using var another = new RawPeer(silos.Ports[0].Port);

        waiting.ReadToEnd();

        silos.Logs[0].WaitFor("had proven nothing when 1 others were waiting");
    }

    [Fact]
    public async Task SilentConnections_ShutNobodyOut()
    {
        await using var silos = new Silos(2, limits: new() { Pending = 2, Handshake = TimeSpan.FromMinutes(10) });
        var silent = Enumerable.Range(0, 8).Select(_ => new RawPeer(silos.Ports[0].Port)).ToList();
        using var first = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Length);

        await AssertStepWorks(silos, first);

        silent.ForEach(peer => peer.Dispose());
    }

    [Fact]
    public async Task OverTls_SilosReachTheSameBits()
    {
        using var certificate = Certificate();
        await using var silos = new Silos(3, Tls(certificate, certificate));
        var contributions = Enumerable.Range(0, 4).Select(shard => PlainTree.Contribution(7, shard, 600_000)).ToArray();
        var expected = PlainTree.Sum(contributions)!;

        foreach (var length in new[] { 600_000, 8196 })
        {
            var totals = await silos.RunAsync(4, length, [2, 1, 1], member =>
                Enumerable.Range(0, 3).Select(_ => member.Step(shard => contributions[shard][..length]).Values.ToArray()).Last());

            Assert.All(totals, total => Assert.Equal(expected[..length], total));
        }
    }

    [Fact]
    public async Task OverTls_ABreakReachesTheOthers()
    {
        using var certificate = Certificate();
        await using var silos = new Silos(2, Tls(certificate, certificate));
        using var stepped = new Barrier(2);

        var broken = await silos.RunAsync(2, 600_000, [1, 1], member =>
        {
            member.Step(_ => new float[600_000]);
            stepped.SignalAndWait(TestContext.Current.CancellationToken);
            if (member.Host == 1)
            {
                member.Membership.Break();
            }

            return Assert.Throws<ExchangeBrokenException>(() => member.Step(_ => new float[600_000])).Message;
        });

        Assert.All(broken, message => Assert.Contains("A replica of Host 1", message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task OverTls_AForeignCertificateIsRefused()
    {
        using var certificate = Certificate();
        using var other = Certificate();
        await using var silos = new Silos(2, Tls(certificate, trusted: other));
        using var first = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Length);
        using var second = silos.Exchanges[1].Join(silos.Plan(1, 2, 1, 1), 0, Length);

        var broken = Assert.Throws<ExchangeBrokenException>(() => Member(second, 1).Step(_ => new float[Length]));

        Assert.Contains("could not be connected to", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SeveralHostsWithoutAPort_AreRefused()
    {
        var plan = ProcessGroup.OfOneHost("run", 2, 1) with { Hosts = [new("a:1", 1), new("b:1", 1)] };

        Assert.Contains("no exchange port", Assert.Throws<InvalidOperationException>(() => new SharedExchanges().Join(plan, 0, Length)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlanThatLacksSomething_IsRefusedByName()
    {
        await using var silos = new Silos(2);
        var plan = silos.Plan(0, 2, 1, 1);

        Assert.Contains("Key has 32 bytes", Refusal(plan with { Key = [1] }), StringComparison.Ordinal);
        Assert.Contains("Host is 0 to 1", Refusal(plan with { Host = 2 }), StringComparison.Ordinal);
        Assert.Contains("Hosts[1].Address is host:port", Refusal(plan with { Hosts = plan.Hosts.SetItem(1, new("nowhere", 1)) }), StringComparison.Ordinal);
        Assert.Contains("Hosts[1].Members is at least 1", Refusal(plan with { Hosts = plan.Hosts.SetItem(1, new("a:1", 0)) }), StringComparison.Ordinal);

        string Refusal(ProcessGroup wrong) => Assert.Throws<ArgumentException>(() => silos.Exchanges[0].Join(wrong, 0, Length)).Message;
    }

    private static void ConnectWithWrongProof(Silos silos)
    {
        using var peer = new RawPeer(silos.Ports[0].Port);
        peer.Stream.Write(Hello.Of(silos.Plan(1, 2, 1, 1), Length, to: 0).ToBytes(new byte[Hello.NonceSize]));
        Hello.Read(peer.Stream);
        peer.Stream.Write(new byte[32]);
        peer.ReadToEnd();
    }

    private static async Task AssertStepWorks(Silos silos, SharedExchanges.Membership first)
    {
        using var second = silos.Exchanges[1].Join(silos.Plan(1, 2, 1, 1), 0, Length);
        var totals = await Threads.Run(2, host => Member(host == 0 ? first : second, host).Step(_ => [1, 1, 1, 1, 1]).Values.ToArray());

        Assert.All(totals, total => Assert.Equal([2, 2, 2, 2, 2], total));
    }

    private static ExchangeMember Member(SharedExchanges.Membership membership, int host) =>
        new(host, membership, new(new(2), Length), [host]);

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=silo", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1));
    }

    /// <summary>Both sides show a certificate and trust only one.</summary>
    private static ExchangeTls Tls(X509Certificate2 certificate, X509Certificate2 trusted)
    {
        bool IsTrusted(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
            shown?.GetCertHashString() == trusted.GetCertHashString();
        return new(
            () => new() { ServerCertificate = certificate, ClientCertificateRequired = true, RemoteCertificateValidationCallback = IsTrusted },
            () => new() { TargetHost = "silo", ClientCertificates = [certificate], RemoteCertificateValidationCallback = IsTrusted });
    }
}
