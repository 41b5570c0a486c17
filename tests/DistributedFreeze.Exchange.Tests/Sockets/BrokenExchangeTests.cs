using DistributedFreeze.Errors;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Whatever a peer does, every member learns who did what, and nothing else is disturbed.</summary>
[Slow]
public sealed class BrokenExchangeTests
{
    private const int Short = 3;
    private const int Long = 2_000_000;

    public static TheoryData<string, string, int> Misdeeds { get; } = new()
    {
        { "garbage", "sent something that is no frame", Short },
        { "version", "sent a frame of version 9", Short },
        { "kind", "sent a frame of kind 77", Short },
        { "total", "sent a frame of kind 3 where none may come", Short },
        { "oversized", "sent a frame of kind Sums with block 0 and 2147483647 bytes", Short },
        { "negative", "sent a frame of kind Head with block 0 and -1 bytes", Short },
        { "step", "sent a frame of step 7; step 0 is under way", Short },
        { "head", "sent a head of 12 bytes for 5 subtrees", Short },
        { "damaged", "sent a frame of kind Sums with block 0 of step 0 that arrived damaged", Short },
        { "truncated", "closed its connection", Short },
        { "closed", "closed its connection", Short },
        { "doubled", "was brought by two replicas", Short },
        { "farewell", "broke the exchange: I am tired", Short },
    };

    [Theory]
    [MemberData(nameof(Misdeeds))]
    public async Task AMalformedPeer_BreaksTheExchangeForEveryMemberHereAndElsewhere(string misdeed, string reason, int length)
    {
        await using var silos = new Silos(3, nearby: false);

        var broken = await BreakAsync(silos, misdeed, length);

        Assert.All(broken, message => Assert.Contains(reason, message, StringComparison.Ordinal));
        Assert.All(broken, message => Assert.Contains("Host 2 (127.0.0.1:", message, StringComparison.Ordinal));
        silos.Logs[0].WaitFor(reason);
    }

    /// <summary>
    /// A host whose next sums wait for those of the peer does not read what comes behind them, and learns the reason all the same. Whether one
    /// is that far depends on the moment, so there are many rounds.
    /// </summary>
    [Theory]
    [InlineData("garbage", "sent something that is no frame", Short, true)]
    [InlineData("garbage", "sent something that is no frame", Long, true)]
    [InlineData("garbage", "sent something that is no frame", Long, false)]
    [InlineData("truncated", "closed its connection", Long, true)]
    [InlineData("truncated", "closed its connection", Long, false)]
    [InlineData("closed", "closed its connection", Long, false)]
    public async Task APeerThatFails_IsNamedWithItsReasonHoweverFarTheOthersAre(string misdeed, string reason, int length, bool nearby)
    {
        const int Rounds = 8;
        for (var round = 0; round < Rounds; round++)
        {
            await using var silos = new Silos(3, nearby: nearby);

            var broken = await BreakAsync(silos, misdeed, length);

            Assert.All(broken, message => Assert.Matches($@"Host 2 \(127\.0\.0\.1:\d+\) {reason}", message));
        }
    }

    private static async Task<string[]> BreakAsync(Silos silos, string misdeed, int length)
    {
        int[] members = [2, 1, 1];
        var peer = Threads.Run(1, _ =>
        {
            using var raw = RawPeer.Join(silos.Plan(2, 4, members), length);
            using var other = RawPeer.Join(silos.Plan(2, 4, members), length, host: 1);
            other.SendHead(3, length);
            Commit(misdeed, raw, length);
            raw.ReadToEnd();
            other.ReadToEnd();
            return true;
        });

        var broken = await Threads.Run(3, i =>
        {
            var (host, member) = (i / 2, i % 2);
            using var membership = silos.Exchanges[host].Join(silos.Plan(host, 4, members), member, length);
            var replica = new ExchangeMember(host, membership, new(new(4), length), [i]);
            var message = Assert.Throws<ExchangeBrokenException>(() => replica.Step(_ => new float[length])).Message;
            Assert.Throws<ExchangeBrokenException>(() => replica.Step(_ => new float[length]));
            return message;
        });

        await peer;
        return broken;
    }

    [Theory]
    [InlineData(Short, true)]
    [InlineData(Short, false)]
    [InlineData(Long, true)]
    [InlineData(Long, false)]
    public async Task ABreak_FreesWhoIsReceiving(int length, bool nearby)
    {
        await using var silos = new Silos(2, nearby: nearby);
        var memberships = Enumerable.Range(0, 2).Select(host => silos.Exchanges[host].Join(silos.Plan(host, 2, 1, 1), 0, length)).ToArray();
        using var isAboutToWait = new SemaphoreSlim(0);
        var waiting = Threads.Run(1, _ =>
        {
            isAboutToWait.Release();
            return new ExchangeMember(0, memberships[0], new(new(2), length), [0]).Step(_ => new float[length]).Stop;
        });
        await isAboutToWait.WaitAsync(TestContext.Current.CancellationToken);

        memberships[1].Break();
        memberships[0].Break();

        await Assert.ThrowsAsync<ExchangeBrokenException>(() => waiting);
        Array.ForEach(memberships, membership => membership.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ABreakOfOneMemberInAStep_ReachesTheOthers(bool nearby)
    {
        await using var silos = new Silos(3, nearby: nearby);
        using var stepped = new Barrier(3);

        var broken = await silos.RunAsync(3, Long, [1, 1, 1], member =>
        {
            member.Step(_ => new float[Long]);
            stepped.SignalAndWait(TestContext.Current.CancellationToken);
            if (member.Host == 1)
            {
                member.Membership.Break();
            }

            return Assert.Throws<ExchangeBrokenException>(() => member.Step(_ => new float[Long])).Message;
        });

        Assert.All(broken, message => Assert.Contains("A replica of Host 1", message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ACancelledMember_FreesTheOthers()
    {
        await using var silos = new Silos(2);
        using var stepped = new Barrier(3);
        using var cancelled = new CancellationTokenSource();

        var broken = await silos.RunAsync(3, Short, [2, 1], member =>
        {
            member.Step(_ => new float[Short]);
            stepped.SignalAndWait(TestContext.Current.CancellationToken);
            if (member.Shards[0] == 1)
            {
                cancelled.Cancel();
            }

            return Assert.Throws<ExchangeBrokenException>(() =>
                member.Step(_ => new float[Short], cancellationToken: member.Shards[0] == 1 ? cancelled.Token : CancellationToken.None)).Message;
        });

        Assert.All(broken, message => Assert.Contains("its window was cancelled", message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhoExchangesNothing_LearnsThatItIsBroken_AndBreaksItForTheOthers()
    {
        await using var silos = new Silos(2);
        using var one = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Short);
        using var other = silos.Exchanges[1].Join(silos.Plan(1, 2, 1, 1), 0, Short);

        one.Seat.ThrowIfBroken(CancellationToken.None);
        one.Break();

        Assert.Throws<ExchangeBrokenException>(() => one.Seat.ThrowIfBroken(CancellationToken.None));
        Assert.Throws<ExchangeBrokenException>(() => other.Seat.ThrowIfBroken(new(canceled: true)));
        Assert.Throws<ExchangeBrokenException>(() => other.Seat.ThrowIfBroken(CancellationToken.None));
    }

    [Fact]
    public async Task AFarewell_ReachesTheCallerAsTextAlone()
    {
        await using var silos = new Silos(2);
        int[] members = [1, 1];
        var peer = Threads.Run(1, _ =>
        {
            using var raw = RawPeer.Join(silos.Plan(1, 2, members), Short);
            Commit("farewell", raw, Short);
            raw.ReadToEnd();
            return true;
        });
        using var membership = silos.Exchanges[0].Join(silos.Plan(0, 2, members), 0, Short);
        var member = new ExchangeMember(0, membership, new(new(2), Short), [0]);

        var broken = Assert.Throws<ExchangeBrokenException>(() => member.Step(_ => [1, 1, 1]));

        // A replica's failure travels between silos with all that it holds; the inner exceptions must be the system's own.
        await peer;
        Assert.Contains("I am tired", broken.Message, StringComparison.Ordinal);
        for (var inner = broken.InnerException; inner is not null; inner = inner.InnerException)
        {
            Assert.True(inner is ExchangeBrokenException || inner.GetType().Assembly != typeof(AbortMessageException).Assembly, $"{inner.GetType()} does not travel");
        }
    }

    [Fact]
    public async Task AFarewellOnAConnectionOfItsOwn_BreaksTheExchange()
    {
        await using var silos = new Silos(2);
        using var membership = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Short);
        using var peer = new RawPeer(silos.Ports[0].Port);

        Handshake.SayFarewell(peer.Stream, silos.Plan(1, 2, 1, 1), Short, peer: 0, "I am tired"u8);

        var broken = Assert.Throws<ExchangeBrokenException>(() => new ExchangeMember(0, membership, new(new(2), Short), [0]).Step(_ => new float[Short]));
        Assert.Equal($"Host 1 (127.0.0.1:{silos.Ports[1].Port}) broke the exchange: I am tired", broken.Message);
    }

    [Fact]
    public async Task AFarewellOfSomebodyWithoutTheKey_DisturbsNothing()
    {
        await using var silos = new Silos(2);
        using var membership = silos.Exchanges[0].Join(silos.Plan(0, 2, 1, 1), 0, Short);
        using var peer = new RawPeer(silos.Ports[0].Port);
        peer.Stream.Write((Hello.Of(silos.Plan(1, 2, 1, 1), Short, to: 0) with { Purpose = HelloPurpose.AbortMessage }).ToBytes(new byte[Hello.NonceSize]));
        Hello.Read(peer.Stream);
        peer.Stream.Write(new byte[32 + 2]);
        peer.ReadToEnd();

        silos.Logs[0].WaitFor("did not prove that it knows the key");
        using var other = silos.Exchanges[1].Join(silos.Plan(1, 2, 1, 1), 0, Short);
        var totals = await Threads.Run(2, host =>
            new ExchangeMember(host, host == 0 ? membership : other, new(new(2), Short), [host]).Step(_ => [1, 1, 1]).Values.ToArray());
        Assert.All(totals, total => Assert.Equal([2, 2, 2], total));
    }

    [Fact]
    public async Task AFarewellToAnExchangeThatHasEnded_IsNoNews()
    {
        await using var silos = new Silos(2, limits: new() { Parking = TimeSpan.FromDays(1) });
        using var peer = new RawPeer(silos.Ports[0].Port);
        peer.Stream.Write((Hello.Of(silos.Plan(1, 2, 1, 1), Short, to: 0) with { Purpose = HelloPurpose.AbortMessage }).ToBytes(new byte[Hello.NonceSize]));

        // It is not parked, as one would be that came to make steps.
        peer.Stream.ReadTimeout = 30_000;
        Assert.Equal(0, peer.Stream.Read(new byte[1]));
        Assert.Empty(silos.Logs[0].All);
    }

    [Fact]
    public async Task ABreak_FreesWhoWaitsForAnAnswerToItsConnection()
    {
        await using var silos = new Silos(2);
        using var mute = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        mute.Start();
        var plan = silos.Plan(1, 2, 1, 1);
        plan = plan with { Hosts = plan.Hosts.SetItem(0, new($"127.0.0.1:{((System.Net.IPEndPoint)mute.LocalEndpoint).Port}", 1)) };
        using var membership = silos.Exchanges[1].Join(plan, 0, Short);
        var waiting = Threads.Run(1, _ => new ExchangeMember(1, membership, new(new(2), Short), [1]).Step(_ => new float[Short]).Stop);
        using var connected = await mute.AcceptSocketAsync(TestContext.Current.CancellationToken);

        membership.Break();

        await Assert.ThrowsAsync<ExchangeBrokenException>(() => waiting);
    }

    [Fact]
    public async Task AHostThatDoesNotListen_IsNamed()
    {
        await using var silos = new Silos(2);
        await silos.Ports[0].DisposeAsync();
        using var membership = silos.Exchanges[1].Join(silos.Plan(1, 2, 1, 1), 0, Short);

        var broken = Assert.Throws<ExchangeBrokenException>(() => new ExchangeMember(1, membership, new(new(2), Short), [1]).Step(_ => new float[Short]));

        Assert.Contains($"Host 0 (127.0.0.1:{silos.Ports[0].Port}) could not be connected to", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherExchanges_GoOnWhenOneBreaks()
    {
        await using var silos = new Silos(2);

        var totals = await Threads.Run(2, host =>
        {
            using var one = silos.Exchanges[host].Join(silos.Plan(host, 2, 1, 1) with { Name = "one" }, 0, Short);
            using var two = silos.Exchanges[host].Join(silos.Plan(host, 2, 1, 1) with { Name = "two" }, 0, Short);
            var replica = new ExchangeMember(host, two, new(new(2), Short), [host]);
            replica.Step(_ => [1, 1, 1]);
            one.Break();
            return replica.Step(_ => [1, 1, 1]).Values.ToArray();
        });

        Assert.All(totals, total => Assert.Equal([2, 2, 2], total));
    }

    private static void Commit(string misdeed, RawPeer peer, int length)
    {
        switch (misdeed)
        {
            case "garbage":
                peer.Stream.Write(new byte[100]);
                break;
            case "version":
                var header = new byte[FrameHeader.Size];
                new FrameHeader(FrameKind.Head, 0, 0, 32).Write(header);
                header[4] = 9;
                peer.Stream.Write(header);
                break;
            case "kind":
                peer.Send(new((FrameKind)77, 0, 0, 0));
                break;
            case "total":
                peer.Send(new(FrameKind.Total, 0, 0, 4), 0, 0, 0, 0);
                break;
            case "oversized":
                peer.SendHead(3, length);
                peer.Send(new(FrameKind.Sums, 0, 0, int.MaxValue));
                break;
            case "negative":
                peer.Send(new(FrameKind.Head, 0, 0, -1));
                break;
            case "step":
                peer.Send(new(FrameKind.Head, 0, 7, 32), new byte[32]);
                break;
            case "head":
                peer.Send(new(FrameKind.Head, 0, 0, 12), 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0);
                break;
            case "damaged":
                peer.SendHead(3, length);
                peer.SendDamaged(new(FrameKind.Sums, 0, 0, (length - ExchangeVector.SumElements) * sizeof(float)), new byte[(length - ExchangeVector.SumElements) * sizeof(float)]);
                break;
            case "truncated":
                peer.SendHead(3, length);
                peer.Stream.Write(new byte[10]);
                peer.End();
                break;
            case "closed":
                peer.End();
                break;
            case "doubled":
                peer.SendHead(1, length);
                break;
            case "farewell":
                peer.Send(new(FrameKind.AbortMessage, 0, 0, 10), "I am tired"u8.ToArray());
                break;
        }
    }
}
