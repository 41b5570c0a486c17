using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using static DistributedFreeze.Exchange.ExchangeCases;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>The total has one value, whichever silo computes which shard.</summary>
[Slow]
public sealed class SocketExchangeTests
{
    private const int Long = 100_003;

    [Theory]
    [InlineData(5, 1027, 1)]
    [InlineData(2, 3, 1, 1)]
    [InlineData(8, 8196, 1, 1)]
    [InlineData(7, Long, 1, 1)]
    [InlineData(5, Long, 2, 1)]
    [InlineData(9, 5, 3, 1)]
    [InlineData(13, Long, 2, 3, 1)]
    [InlineData(8, 4099, 1, 1, 1)]
    [InlineData(11, Long, 1, 2, 1, 3)]
    [InlineData(16, Long, 1, 1, 1, 1)]
    [InlineData(12, 2049, 3, 3, 3, 3)]
    public async Task TheTotal_HasTheBitsOfThePlainTreeWhoeverHoldsWhichShard(int shards, int length, params int[] members)
    {
        var contributions = Contributions(shards, length);
        var expected = Bits(Means(PlainTree.Sum(contributions)!, samples: 37));

        foreach (var (assignment, nearby) in Assignments(shards, members.Sum()).SelectMany(one => new[] { (one, true), (one, false) }))
        {
            await using var silos = new Silos(members.Length, nearby: nearby);
            var totals = await silos.RunAsync(
                shards, length, members, member => Bits(member.Step(shard => contributions[shard], samples: 37).Values), assignment: assignment);

            Assert.All(totals, total => Assert.Equal(expected, total));
        }
    }

    [Theory]
    [InlineData(11, 0)]
    [InlineData(11, 0, 1, 2, 3)]
    [InlineData(Long, 3, 4)]
    [InlineData(Long, 0, 1)]
    [InlineData(Long, 1, 2, 3, 4, 5)]
    public async Task AShardWithoutImages_AddsNothingNotEvenAZero(int length, params int[] empty)
    {
        var contributions = Contributions(6, length);
        Array.ForEach(empty, shard => contributions[shard] = null);
        await using var silos = new Silos(3);

        var totals = await silos.RunAsync(6, length, [1, 1, 1], member => Bits(member.Step(shard => contributions[shard], samples: 5).Values));

        Assert.All(totals, total => Assert.Equal(Bits(Means(PlainTree.Sum(contributions)!, 5)), total));
    }

    [Fact]
    public async Task AStepWithoutAnyImage_IsZero()
    {
        await using var silos = new Silos(2);

        var totals = await silos.RunAsync(2, 5, [1, 1], member => member.Step(_ => null).Values.ToArray());

        Assert.All(totals, total => Assert.Equal(new float[5], total));
    }

    [Theory]
    [InlineData(7, 100, true)]
    [InlineData(7, 100, false)]
    [InlineData(70_000, 20, true)]
    [InlineData(70_000, 20, false)]
    public async Task ManySteps_DoNotSeeOneAnothersSums(int length, int steps, bool nearby)
    {
        await using var silos = new Silos(3, nearby: nearby);

        // In every third step a shard is empty, so that the layout changes and changes back.
        var totals = await silos.RunAsync(5, length, [2, 1, 1], member =>
            Enumerable.Range(0, steps).Select(step => Bits(member.Step(shard => Contribution(step, shard), samples: 9).Values)).ToArray());

        for (var step = 0; step < steps; step++)
        {
            var expected = Bits(Means(PlainTree.Sum([.. Enumerable.Range(0, 5).Select(shard => Contribution(step, shard))])!, 9));
            Assert.All(totals, found => Assert.Equal(expected, found[step]));
        }

        float[]? Contribution(int step, int shard) => step % 3 == 1 && shard == step % 5 ? null : PlainTree.Contribution(step, shard, length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task AStopWishOfOneMember_ReachesAllInTheSameStepAndIsNotKept(int wishing)
    {
        await using var silos = new Silos(2);

        var stops = await silos.RunAsync(3, 3, [1, 2], member => Enumerable.Range(0, 4)
            .Select(step => member.Step(_ => [1, 1, 1], wantsStop: step == 2 && member.Shards[0] == wishing).Stop).ToArray());

        Assert.All(stops, found => Assert.Equal([false, false, true, false], found));
    }

    [Theory]
    [InlineData(5, 301)]
    [InlineData(5, Long)]
    public async Task Bf16_GivesAllMembersTheSameBitsNearTheTrueOnesAndKeepsThePlainSums(int shards, int length)
    {
        var contributions = Contributions(shards, length);
        var exact = Means(PlainTree.Sum(contributions)!, 3);
        await using var silos = new Silos(3);

        var totals = await silos.RunAsync(
            shards, length, [1, 2, 1], member => member.Step(shard => contributions[shard], samples: 3).Values.ToArray(), ExchangeType.Bf16);

        Assert.All(totals, total => Assert.Equal(Bits(totals[0]), Bits(total)));
        Assert.Equal(Bits(exact)[^2..], Bits(totals[0])[^2..]);
        Assert.NotEqual(Bits(exact), Bits(totals[0]));
        Assert.All(totals[0][..^2], value => Assert.Equal(0, BitConverter.SingleToInt32Bits(value) & 0xFFFF));
        var size = contributions.Max(values => values!.Max(Math.Abs));
        Assert.All(totals[0].Zip(exact), pair => Assert.InRange(pair.First, pair.Second - (0.02f * size), pair.Second + (0.02f * size)));
    }

    [Theory]
    [InlineData(8196, true)]
    [InlineData(8196, false)]
    [InlineData(300_000, true)]
    [InlineData(300_000, false)]
    public async Task Steps_AllocateNoArrays(int length, bool nearby)
    {
        await using var silos = new Silos(2, nearby: nearby);

        var allocated = await silos.RunAsync(4, length, [1, 1], member =>
        {
            var values = new VectorContribution(new float[length]);
            Steps(member, values, 10);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Steps(member, values, 100);
            return (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        });

        Assert.All(allocated, perStep => Assert.InRange(perStep, 0, 2048));

        static void Steps(ExchangeMember member, VectorContribution values, int count)
        {
            for (var step = 0; step < count; step++)
            {
                member.Sums.Reset();
                foreach (var shard in member.Shards)
                {
                    member.Sums.Push(shard, values);
                }

                member.Membership.Seat.AllReduce(member.Sums, 4, wantsStop: false, CancellationToken.None);
            }
        }
    }

    [Theory]
    [InlineData(new[] { 0, 1 }, new[] { 3 }, "shard 2 was brought by no")]
    [InlineData(new[] { 0, 1, 2 }, new[] { 2, 3 }, "shard 2 was brought by two")]
    [InlineData(new[] { 0, 1, 2, 3 }, new[] { 3 }, "shard 3 was brought by two")]
    public async Task MissingOrDoubledShards_AreRefusedByEveryMember(int[] first, int[] second, string reason)
    {
        await using var silos = new Silos(2);

        var refusals = await silos.RunAsync(
            4, 3, [1, 1], member => Assert.Throws<ExchangeBrokenException>(() => member.Step(_ => [1, 1, 1])).Message, assignment: [[.. first], [.. second]]);

        Assert.All(refusals, refusal => Assert.Contains(reason, refusal, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task HostsThatCountOtherImages_AreRefused()
    {
        await using var silos = new Silos(2);

        var refusals = await silos.RunAsync(
            2, 3, [1, 1], member => Assert.Throws<ExchangeBrokenException>(() => member.Step(_ => [1, 1, 1], samples: 4 + member.Host)).Message);

        Assert.All(refusals, refusal => Assert.Contains("images in the step", refusal, StringComparison.Ordinal));
    }
}
