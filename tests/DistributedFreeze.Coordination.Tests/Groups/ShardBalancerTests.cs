using DistributedFreeze.Replicas;

namespace DistributedFreeze.Coordination.Groups;

public sealed class ShardBalancerTests
{
    private readonly ShardBalancer _deal = new(shards: 8, moves: true);

    [Fact]
    public void ASlowReplicasShards_MoveToTheOthersAndBack()
    {
        Assert.Equal([4, 4], Counts(_deal));
        Assert.Equal([(0, false), (0, false), (1, true)], Enumerable.Range(0, 3).Select(_ => Observe(_deal, slow: 4)));
        Assert.Equal([7, 1], Counts(_deal));

        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal((0, false), Observe(_deal, slow: 4)));

        Assert.Equal([(0, false), (0, false), (0, true)], Enumerable.Range(0, 3).Select(_ => Observe(_deal, slow: 1)));
        Assert.Equal([4, 4], Counts(_deal));
    }

    [Fact]
    public void OneThatRecoversTooSoon_KeepsTheDeal()
    {
        for (var i = 0; i < 3; i++)
        {
            Observe(_deal, slow: 4);
        }

        Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal((0, false), Observe(_deal, slow: 1)));
        Assert.Equal([7, 1], Counts(_deal));
    }

    [Fact]
    public void WhereNothingIsGained_ShardsStay()
    {
        var deal = new ShardBalancer(shards: 2, moves: true);

        Assert.Equal([(0, false), (0, false), (1, false)], Enumerable.Range(0, 3).Select(_ => Observe(deal, slow: 4)));
        Assert.Equal([1, 1], Counts(deal));
    }

    [Fact]
    public void WhereShardsShallNotMove_TheStragglerIsToldNevertheless()
    {
        var deal = new ShardBalancer(shards: 8, moves: false);

        Assert.Equal([(0, false), (0, false), (1, false)], Enumerable.Range(0, 3).Select(_ => Observe(deal, slow: 4)));
        Assert.Equal([4, 4], Counts(deal));
    }

    [Fact]
    public void ANewcomer_HasAnEvenShare()
    {
        for (var i = 0; i < 3; i++)
        {
            Observe(_deal, slow: 4);
        }

        Assert.Equal(Exchange.ShardAssignment.Divide(8, 3).Select(own => own.Length), _deal.Of(["a", "new", "b"]).Select(own => own.Length));
    }

    private static int[] Counts(ShardBalancer deal) => [.. deal.Of(["a", "b"]).Select(own => own.Length)];

    /// <returns>How many stragglers were found, and whether shards are dealt anew.</returns>
    private static (int Found, bool IsNew) Observe(ShardBalancer deal, double slow)
    {
        var counts = Counts(deal);
        var (found, isNew) = deal.Observe(
            [new("a", counts[0], new StepTimes(0, 0, 0.3 * counts[0], 0, 0), 0), new("b", counts[1], new StepTimes(0, 0, 0.3 * slow * counts[1], 0, 0), 0)], steps: 1);
        Assert.All(found, straggler => Assert.Equal(isNew, straggler.MovesShards));
        return (found.Length, isNew);
    }
}
