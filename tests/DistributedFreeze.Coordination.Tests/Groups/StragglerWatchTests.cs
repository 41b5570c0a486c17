using System.Collections.Immutable;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

public sealed class StragglerWatchTests
{
    private static readonly StepTimes Usual = new(0.1, 0, 0.2, 9, 0.1);
    private readonly StragglerWatch _watch = new();

    [Theory]
    [InlineData("read")]
    [InlineData("prefix")]
    [InlineData("tail")]
    [InlineData("apply")]
    public void AReplicaThatIsSlowInThreeWindows_IsToldOnceWithThePartThatIsSlow(string part)
    {
        var slow = part switch
        {
            "read" => Usual with { Read = 1.5 },
            "prefix" => Usual with { Prefix = 1.3 },
            "tail" => Usual with { Tail = 1.7 },
            _ => Usual with { Apply = 1.7 },
        };
        var told = Enumerable.Range(0, 6).Select(_ => Observe(slow)).ToList();

        Assert.All(told.Take(2), found => Assert.Empty(found));
        var straggler = Assert.Single(told[2]);
        Assert.Equal(("c", part), (straggler.Device, straggler.Part));
        Assert.InRange(straggler.Times, StragglerWatch.Slow, 5);
        Assert.All(told.Skip(3), found => Assert.Empty(found));
    }

    [Fact]
    public void AReplicaThatIsSlowNowAndThen_IsNone()
    {
        var slow = Usual with { Tail = 5 };

        Assert.All(Enumerable.Range(0, 20), i => Assert.Empty(Observe(i % 3 == 2 ? Usual : slow)));
    }

    [Fact]
    public void TheWaitForOthersInTheExchange_IsNobodysOwn() =>
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Empty(Observe(Usual with { Exchange = 100 })));

    [Fact]
    public void OneThatHasMoreShards_IsNone() => Assert.All(Enumerable.Range(0, 5), _ => Assert.Empty(Observe(
        new StepTimes(0.4, 0, 0.8, 0, 0.4), shards: 4)));

    [Fact]
    public void WindowsThatSayNothing_CountNeitherWay()
    {
        var slow = Usual with { Tail = 5 };
        Observe(slow);
        Observe(slow);

        Assert.Empty(Observe(Usual, computed: 8)); // computes features that others read
        Assert.Empty(_watch.Observe([.. Members(Usual).Select(member => member with { Times = new(0, 0, 0.01, 0, 0) })], 1).Found); // too short
        Assert.Empty(_watch.Observe([new("c", 1, Usual, 0)], 1).Found); // alone
        Assert.Single(Observe(slow));
    }

    [Fact]
    public void AReplicaThatLeavesAndComesBack_BeginsAnew()
    {
        var slow = Usual with { Tail = 5 };
        Observe(slow);
        Observe(slow);
        _watch.Observe([.. Members(Usual).Take(2)], 1);

        Assert.Equal([0, 0, 1], Enumerable.Range(0, 3).Select(_ => Observe(slow).Length));
    }

    [Fact]
    public void AStragglerThatHasRecovered_IsToldAgain()
    {
        var slow = Usual with { Tail = 5 };
        for (var i = 0; i < 3; i++)
        {
            Observe(slow);
        }

        Assert.True(_watch.Any);
        Assert.Equal([false, false, true, false], Enumerable.Range(0, 4).Select(_ => _watch.Observe(Members(Usual), 1).HasRecovered));
        Assert.False(_watch.Any);
        Assert.Equal([0, 0, 1], Enumerable.Range(0, 3).Select(_ => Observe(slow).Length));
    }

    private static List<MemberWindow> Members(StepTimes last, int shards = 1, long computed = 0) =>
        [new("a", 1, Usual, 0), new("b", 1, Usual, 0), new("c", shards, last, computed)];

    private ImmutableArray<RunEvent.Straggler> Observe(StepTimes last, int shards = 1, long computed = 0) =>
        _watch.Observe(Members(last, shards, computed), 1).Found;
}
