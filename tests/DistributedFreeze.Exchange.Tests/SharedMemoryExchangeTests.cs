using System.Collections.Immutable;
using DistributedFreeze.Errors;
using static DistributedFreeze.Exchange.ExchangeCases;

namespace DistributedFreeze.Exchange;

/// <summary>The total has one value, whoever computes which shard.</summary>
public sealed class SharedMemoryExchangeTests
{
    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(2, 2, 4)]
    [InlineData(4, 3, 1023)]
    [InlineData(5, 2, 1027)]
    [InlineData(7, 4, 2050)]
    [InlineData(8, 8, 5)]
    [InlineData(8, 3, 4099)]
    [InlineData(13, 5, 3001)]
    [InlineData(32, 6, 1537)]
    public async Task TheTotal_HasTheBitsOfThePlainTreeWhoeverHoldsWhichShard(int shards, int members, int length)
    {
        var contributions = Contributions(shards, length);
        var expected = Means(PlainTree.Sum(contributions)!, samples: 37);

        foreach (var assignment in Assignments(shards, members))
        {
            var totals = await RunAsync(shards, length, assignment, contributions, samples: 37);

            Assert.All(totals, total => Assert.Equal(Bits(expected), Bits(total)));
        }
    }

    [Fact]
    public void TheTestsValues_GiveOtherBitsInAnotherOrder()
    {
        var contributions = Contributions(8, 1000);

        Assert.NotEqual(Bits(PlainTree.LeftToRight(contributions)), Bits(PlainTree.Sum(contributions)!));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3, 4)]
    [InlineData(0, 1, 2, 3)]
    [InlineData(1, 2, 3, 4, 5)]
    public async Task AShardWithoutImages_AddsNothingNotEvenAZero(params int[] empty)
    {
        var contributions = Contributions(6, 11);
        foreach (var shard in empty)
        {
            contributions[shard] = null;
        }

        foreach (var assignment in Assignments(6, 3))
        {
            var totals = await RunAsync(6, 11, assignment, contributions, samples: 5);

            Assert.All(totals, total => Assert.Equal(Bits(Means(PlainTree.Sum(contributions)!, 5)), Bits(total)));
        }
    }

    [Fact]
    public async Task TheLastTwoElements_StaySums()
    {
        float[]?[] contributions = [[6, 8, 6, 8], [3, 1, 3, 1]];

        var totals = await RunAsync(2, 4, [[0], [1]], contributions, samples: 3);

        Assert.Equal([3, 3, 9, 9], totals[0]);
    }

    [Fact]
    public async Task ManySteps_DoNotSeeOneAnothersSums()
    {
        const int Steps = 200;
        using var exchange = new SharedMemoryExchange(new(5), members: 3, length: 7);
        var tree = new ShardTree(5);

        var totals = await InParallel(3, member =>
        {
            var seat = exchange.Seat(member);
            var sums = new PartialSums(tree, 7);
            var found = new List<float[]>();
            for (var step = 0; step < Steps; step++)
            {
                sums.Reset();
                foreach (var shard in ShardAssignment.Divide(5, 3)[member])
                {
                    sums.Push(shard, PlainTree.Contribution(step, shard, 7));
                }

                found.Add([.. seat.AllReduce(sums, 9, wantsStop: false, TestContext.Current.CancellationToken).Values]);
            }

            return found;
        });

        for (var step = 0; step < Steps; step++)
        {
            float[]?[] contributions = [.. Enumerable.Range(0, 5).Select(shard => PlainTree.Contribution(step, shard, 7))];
            Assert.All(totals, found => Assert.Equal(Means(PlainTree.Sum(contributions)!, 9), found[step]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task AStopWishOfOneMember_ReachesAllInTheSameStepAndIsNotKept(int wishing)
    {
        using var exchange = new SharedMemoryExchange(new(3), members: 3, length: 3);

        var stops = await InParallel(3, member =>
        {
            var seat = exchange.Seat(member);
            var sums = new PartialSums(new(3), 3);
            sums.Push(member, [1, 1, 1]);
            return Enumerable.Range(0, 4).Select(step =>
                seat.AllReduce(sums, 3, wantsStop: step == 2 && member == wishing, TestContext.Current.CancellationToken).Stop).ToArray();
        });

        Assert.All(stops, found => Assert.Equal([false, false, true, false], found));
    }

    [Fact]
    public async Task ABrokenExchange_FreesWhoWaitsAndWhoComesLater()
    {
        using var exchange = new SharedMemoryExchange(new(2), members: 2, length: 3);
        using var isAboutToWait = new SemaphoreSlim(0);
        var waiting = InParallel(1, member =>
        {
            isAboutToWait.Release();
            return Step(exchange, member, [0]);
        });
        await isAboutToWait.WaitAsync(TestContext.Current.CancellationToken);

        exchange.Break();

        await Assert.ThrowsAsync<ExchangeBrokenException>(() => waiting);
        Assert.Throws<ExchangeBrokenException>(() => Step(exchange, 1, [1]));
    }

    [Fact]
    public void WhoExchangesNothing_LearnsThatItIsBroken()
    {
        using var exchange = new SharedMemoryExchange(new(2), members: 1, length: 3);
        using var other = new SharedMemoryExchange(new(2), members: 1, length: 3);
        var seat = exchange.Seat(0);

        seat.ThrowIfBroken(CancellationToken.None);
        exchange.Break();

        Assert.Throws<ExchangeBrokenException>(() => seat.ThrowIfBroken(CancellationToken.None));
        Assert.Throws<ExchangeBrokenException>(() => other.Seat(0).ThrowIfBroken(new(canceled: true)));
        Assert.Throws<ExchangeBrokenException>(() => other.Seat(0).ThrowIfBroken(CancellationToken.None));
    }

    [Fact]
    public async Task ACancelledMember_FreesTheOthers()
    {
        using var exchange = new SharedMemoryExchange(new(2), members: 2, length: 3);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var waiting = InParallel(1, member => Step(exchange, member, [0]));

        Assert.Throws<ExchangeBrokenException>(() => Step(exchange, 1, [1], cancelled.Token));

        await Assert.ThrowsAsync<ExchangeBrokenException>(() => waiting);
    }

    [Theory]
    [InlineData(new[] { 0, 1 }, new[] { 3 }, "shard 2 was brought by no")]
    [InlineData(new[] { 0, 1, 2 }, new[] { 2, 3 }, "shard 2")]
    [InlineData(new[] { 0, 1 }, new[] { 0, 3 }, "shard 0")]
    [InlineData(new[] { 0, 1, 2, 3 }, new[] { 3 }, "shard 3")]
    [InlineData(new[] { 0, 1 }, new[] { 0, 1 }, "shard 0")]
    public async Task MissingOrDoubledShards_AreRefusedByEveryMember(int[] first, int[] second, string reason)
    {
        using var exchange = new SharedMemoryExchange(new(4), members: 2, length: 3);
        int[][] assignment = [first, second];

        var refusals = await InParallel(2, member => Assert.Throws<ExchangeBrokenException>(() => Step(exchange, member, assignment[member])));

        Assert.All(refusals, refusal => Assert.Contains(reason, refusal.Message, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task AMemberWithoutASliceOfItsOwn_LearnsOfDoubledShardsToo()
    {
        using var exchange = new SharedMemoryExchange(new(8), members: 4, length: 3);
        int[][] assignment = [[0, 1], [0], [2, 4, 5], [6, 7]];

        var refusals = await InParallel(4, member => Assert.Throws<ExchangeBrokenException>(() => Step(exchange, member, assignment[member])));

        Assert.All(refusals, refusal => Assert.Contains("shard 0", refusal.Message, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task AVectorOfAnotherLength_IsRefusedAndFreesTheOthers()
    {
        using var exchange = new SharedMemoryExchange(new(2), members: 2, length: 3);
        var waiting = InParallel(1, member => Step(exchange, member, [0]));
        var sums = new PartialSums(new(2), length: 4);
        sums.Push(1, [1, 2, 3, 4]);

        var refusal = Assert.Throws<ExchangeBrokenException>(() =>
            exchange.Seat(1).AllReduce(sums, 2, wantsStop: false, TestContext.Current.CancellationToken));

        Assert.Contains("4 elements", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ExchangeBrokenException>(() => waiting);
    }

    [Fact]
    public void ASeatThatDoesNotExist_IsRefused()
    {
        using var exchange = new SharedMemoryExchange(new(2), members: 2, length: 3);

        Assert.Throws<ArgumentOutOfRangeException>(() => exchange.Seat(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => exchange.Seat(-1));
    }

    private static StepTotal Step(SharedMemoryExchange exchange, int member, int[] shards, CancellationToken? cancellationToken = null)
    {
        var sums = new PartialSums(new(8), length: 3);
        foreach (var shard in shards)
        {
            sums.Push(shard, [1, 1, 1]);
        }

        return exchange.Seat(member).AllReduce(sums, 2, wantsStop: false, cancellationToken ?? TestContext.Current.CancellationToken);
    }

    private static Task<float[][]> RunAsync(
        int shards, int length, ImmutableArray<ImmutableArray<int>> assignment, float[]?[] contributions, int samples)
    {
        var tree = new ShardTree(shards);
        var exchange = new SharedMemoryExchange(tree, assignment.Length, length);
        return InParallel<float[]>(assignment.Length, member =>
        {
            var sums = new PartialSums(tree, length);
            foreach (var shard in assignment[member])
            {
                sums.Push(shard, contributions[shard] ?? []);
            }

            return [.. exchange.Seat(member).AllReduce(sums, samples, wantsStop: false, TestContext.Current.CancellationToken).Values];
        });
    }

    /// <summary>One thread per member, as replicas have: pool threads would wait for one another's turn.</summary>
    private static Task<T[]> InParallel<T>(int members, Func<int, T> work) => Task.WhenAll(Enumerable.Range(0, members).Select(member =>
        Task.Factory.StartNew(() => work(member), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
}
