using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Sums;

/// <summary>Sums that stay on their devices come to what they would in host memory. The processor is in the devices' place.</summary>
public sealed class DeviceTotalTests
{
    private const int Images = 4;

    [Theory]
    [InlineData(2, 2, 4)]
    [InlineData(4, 3, 1023)]
    [InlineData(5, 2, 1027)]
    [InlineData(7, 4, 2050)]
    [InlineData(8, 8, 5)]
    [InlineData(8, 3, 4099)]
    [InlineData(13, 5, 3001)]
    public async Task TheTotal_HasTheBitsOfHostMemory_WhoeverHoldsWhichShard(int shards, int members, int length)
    {
        foreach (var assignment in Assignments(shards, members))
        {
            var contributions = Contributions(shards, length, empty: []);

            var expected = await InHostMemory(contributions, assignment);
            var found = await OnDevices(contributions, assignment);

            Assert.All(found, total => Assert.Equal(Bits(expected), Bits(total)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3, 4)]
    [InlineData(0, 1, 2, 3)]
    [InlineData(1, 2, 3, 4, 5)]
    [InlineData(0, 1, 2, 3, 4, 5)]
    public async Task AShardWithoutImages_AddsNothingNotEvenAZero(params int[] empty)
    {
        var contributions = Contributions(6, 11, empty);
        foreach (var assignment in Assignments(6, 3))
        {
            var expected = await InHostMemory(contributions, assignment);

            Assert.All(await OnDevices(contributions, assignment), total => Assert.Equal(Bits(expected), Bits(total)));
        }
    }

    /// <summary>A replica that takes over the state of another one gets it through host memory, between two steps.</summary>
    [Fact]
    public async Task Steps_FollowOneAnother_OnDevicesAndInHostMemory()
    {
        const int Steps = 40;
        using var exchange = new SharedMemoryExchange(new(3), members: 3, length: 5);

        var totals = await InParallel(3, member =>
        {
            var found = new List<float>();
            for (var step = 0; step < Steps; step++)
            {
                float[] values = [step, member, 1, 1, 1];
                found.Add((step % 2 == 0 ? InHostMemory(exchange, 3, member, [(member, values)], 5) : OnDevice(exchange, 3, member, [(member, values)], 5))[0]);
            }

            return found;
        });

        Assert.All(totals, found => Assert.Equal(Enumerable.Range(0, Steps).Select(step => step * 3f / Images), found));
    }

    [Fact]
    public async Task WhatIsBrought_IsFreedWhenAllHaveTheTotal_AndTheTotalIsNobodyElses()
    {
        using var exchange = new SharedMemoryExchange(new(2), members: 2, length: 3);

        var found = await InParallel(2, member =>
        {
            using var scope = NewDisposeScope();
            var brought = tensor(new float[] { 2, 2, 2 }).DetachFromDisposeScope();
            var mean = new DeviceTotal(new(2), CPU, 3).Of((IProcessExchange)exchange.Seat(member), new([new(new(member, 1), brought)]), Divisor(), wantsStop: false, TestContext.Current.CancellationToken);
            mean.Vector.mul_(tensor(member + 1f));
            return (brought.IsInvalid, mean.Host, Total: Values(mean));
        });

        Assert.All(found, member => Assert.True(member.IsInvalid));
        Assert.All(found, member => Assert.Null(member.Host));
        Assert.Equal([4f / Images, 4, 4], found[0].Total);
        Assert.Equal([8f / Images, 8, 8], found[1].Total);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task AStopWishOfOneMember_ReachesAllInTheSameStepAndIsNotKept(int wishing)
    {
        using var exchange = new SharedMemoryExchange(new(3), members: 3, length: 3);

        var stops = await InParallel(3, member => Enumerable.Range(0, 4).Select(step => Step(exchange, 3, member, [(member, [1, 1, 1])], 3, step == 2 && member == wishing).Stop).ToArray());

        Assert.All(stops, found => Assert.Equal([false, false, true, false], found));
    }

    [Theory]
    [InlineData(new[] { 0, 1 }, new[] { 3 }, "Shard 2 was brought by no replica.")]
    [InlineData(new[] { 0, 1 }, new[] { 2 }, "Shard 3 was brought by no replica.")]
    [InlineData(new[] { 0, 1, 2 }, new[] { 2, 3 }, "Shard 2 was brought by two replicas.")]
    [InlineData(new[] { 0, 1, 2, 3 }, new[] { 3 }, "Shard 3 was brought by two replicas.")]
    public async Task MissingOrDoubledShards_AreRefusedByEveryMember(int[] first, int[] second, string reason)
    {
        using var exchange = new SharedMemoryExchange(new(4), members: 2, length: 3);
        int[][] assignment = [first, second];

        var refusals = await InParallel(2, member => Assert.Throws<ExchangeBrokenException>(
            () => Step(exchange, 4, member, [.. assignment[member].Select(shard => (shard, (float[]?)[1, 1, 1]))], 3)));

        Assert.All(refusals, refusal => Assert.Equal(reason, refusal.Message));
    }

    [Fact]
    public async Task SumsOnADevice_AndSumsInHostMemory_AreRefusedByEveryMember()
    {
        using var exchange = new SharedMemoryExchange(new(2), members: 2, length: 3);

        var refusals = await InParallel(2, member => Assert.Throws<ExchangeBrokenException>(() =>
            member == 0 ? InHostMemory(exchange, 2, member, [(member, [1, 1, 1])], 3) : OnDevice(exchange, 2, member, [(member, [1, 1, 1])], 3)));

        Assert.All(refusals, refusal => Assert.Equal("Replica 1 brings its sums on a device, and others bring theirs in host memory.", refusal.Message));
    }

    [Fact]
    public async Task AVectorOfAnotherLength_IsRefusedAndFreesTheOthers()
    {
        using var exchange = new SharedMemoryExchange(new(2), members: 2, length: 3);
        var waiting = InParallel(1, member => Step(exchange, 2, member, [(member, [1, 1, 1])], 3));

        var refusal = Assert.Throws<ExchangeBrokenException>(() => Step(exchange, 2, 1, [(1, [1, 2, 3, 4])], 4));

        Assert.Equal("Replica 1 brings vectors of 4 elements; this exchange has 3.", refusal.Message);
        await Assert.ThrowsAsync<ExchangeBrokenException>(() => waiting);
    }

    /// <summary>What a member holds outlives it where the step breaks: another one may be reading it at that moment.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhereAMemberFails_TheOthersAreFreed_AndNothingIsFreedUnderThem(bool whileItAdds)
    {
        var exchange = new SharedMemoryExchange(new(2), members: 2, length: 3);
        var brought = tensor(new float[] { 2, 2, 2 }).DetachFromDisposeScope();
        var waiting = InParallel(1, _ => Assert.Throws<ExchangeBrokenException>(() =>
        {
            using var scope = NewDisposeScope();
            new DeviceTotal(new(2), CPU, 3).Of((IProcessExchange)exchange.Seat(0), new([new(new(0, 1), brought)]), Divisor(), wantsStop: false, TestContext.Current.CancellationToken);
        }));

        Assert.Throws<InvalidOperationException>(() => ((IProcessExchange)exchange.Seat(1)).AllReduce<DeviceSums, Tensor>(
            3,
            new([new(new(1, 1), null)]),
            _ => whileItAdds ? throw new InvalidOperationException("out of memory") : zeros(2),
            _ => throw new InvalidOperationException("out of memory"),
            wantsStop: false,
            TestContext.Current.CancellationToken));
        exchange.Break();

        await waiting;
        Assert.False(brought.IsInvalid);
        exchange.Dispose();
        Assert.True(brought.IsInvalid);
    }

    private static async Task<float[]> InHostMemory(float[]?[] contributions, ImmutableArray<ImmutableArray<int>> assignment)
    {
        var length = LengthOf(contributions);
        using var exchange = new SharedMemoryExchange(new(contributions.Length), assignment.Length, length);
        return (await InParallel(assignment.Length, member => InHostMemory(exchange, contributions.Length, member, Of(contributions, assignment[member]), length)))[0];
    }

    private static async Task<float[][]> OnDevices(float[]?[] contributions, ImmutableArray<ImmutableArray<int>> assignment)
    {
        var length = LengthOf(contributions);
        using var exchange = new SharedMemoryExchange(new(contributions.Length), assignment.Length, length);
        return await InParallel(assignment.Length, member => OnDevice(exchange, contributions.Length, member, Of(contributions, assignment[member]), length));
    }

    private static float[] InHostMemory(SharedMemoryExchange exchange, int shards, int member, ImmutableArray<(int Shard, float[]? Values)> own, int length)
    {
        var sums = new PartialSums(new(shards), length);
        foreach (var (shard, values) in own)
        {
            if (values is null)
            {
                sums.PushEmpty(shard);
            }
            else
            {
                sums.Push(shard, new VectorContribution(values));
            }
        }

        return [.. exchange.Seat(member).AllReduce(sums, Images, wantsStop: false, TestContext.Current.CancellationToken).Values];
    }

    private static float[] OnDevice(SharedMemoryExchange exchange, int shards, int member, ImmutableArray<(int Shard, float[]? Values)> own, int length)
    {
        using var scope = NewDisposeScope();
        return Values(Step(exchange, shards, member, own, length));
    }

    /// <summary>A step in which each shard is a subtree of its own.</summary>
    private static StepMean Step(
        SharedMemoryExchange exchange, int shards, int member, ImmutableArray<(int Shard, float[]? Values)> own, int length, bool wantsStop = false)
    {
        var sums = own.Select(one => new DeviceSum(new(one.Shard, 1), one.Values is { } values ? tensor(values).DetachFromDisposeScope() : null)).ToList();
        return new DeviceTotal(new(shards), CPU, length).Of((IProcessExchange)exchange.Seat(member), new(sums), Divisor(), wantsStop, TestContext.Current.CancellationToken);
    }

    private static Tensor Divisor() => tensor(new float[] { Images });

    private static float[] Values(StepMean mean) => MemoryMarshal.Cast<byte, float>(mean.Vector.bytes).ToArray();

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    private static int LengthOf(float[]?[] contributions) => contributions.OfType<float[]>().FirstOrDefault()?.Length ?? 11;

    /// <summary>Values of very different sizes and both signs, so that another order of addition gives other bits.</summary>
    private static float[]?[] Contributions(int shards, int length, int[] empty)
    {
        var random = new Random(7);
        float[]?[] values = [.. Enumerable.Range(0, shards).Select(_ => Enumerable.Range(0, length).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(7) - 3))).ToArray())];
        foreach (var shard in empty)
        {
            values[shard] = null;
        }

        return values;
    }

    private static ImmutableArray<(int, float[]?)> Of(float[]?[] contributions, ImmutableArray<int> shards) => [.. shards.Select(shard => (shard, contributions[shard]))];

    /// <summary>Neighbouring shards, and every member-th.</summary>
    private static IEnumerable<ImmutableArray<ImmutableArray<int>>> Assignments(int shards, int members)
    {
        yield return ShardAssignment.Divide(shards, members);
        yield return [.. Enumerable.Range(0, members).Select(member => Enumerable.Range(0, shards).Where(shard => shard % members == member).ToImmutableArray())];
    }

    /// <summary>One thread per member, as replicas have.</summary>
    private static Task<T[]> InParallel<T>(int members, Func<int, T> work) => Task.WhenAll(Enumerable.Range(0, members).Select(member =>
        Task.Factory.StartNew(() => work(member), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
}
