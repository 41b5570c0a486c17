using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>An order that arrives late, or twice, takes a replica's state away between two others: what was done without the run's state does not count.</summary>
public sealed class ReplicaGroupTests
{
    private readonly FakeReplica _one = new(Spec) { StateNumber = 7 };
    private readonly FakeReplica _other = new(Spec) { StateNumber = 7 };

    private static RunSpec Spec => new() { Data = new() { Path = "images" }, Phases = [new()], Output = "out" };

    private ReplicaGroup Group => new([new("one", "here", null, _one), new("other", "there", null, _other)], generation: 1);

    [Theory]
    [InlineData(-1L)]
    [InlineData(6L)]
    public async Task AScoreOfAnotherState_IsNone(long scored)
    {
        _other.StateNumber = scored;

        var broken = await Assert.ThrowsAsync<GroupBrokenException>(() => Group.EvaluateAsync(EvaluationSplit.Validation, 7, TestContext.Current.CancellationToken));

        Assert.Equal("other", Assert.Single(broken.Lost).Handle.Device);
    }

    [Fact]
    public async Task AModelOfAnotherState_IsNeitherComparedNorWritten()
    {
        _one.StateNumber = -1;

        var broken = await Assert.ThrowsAsync<GroupBrokenException>(() => Group.RequireSameModelAsync(7, TestContext.Current.CancellationToken));
        Assert.Equal("one", Assert.Single(broken.Lost).Handle.Device);
        await Assert.ThrowsAsync<GroupBrokenException>(() => Group.SaveModelAsync("model", 7, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AVersionThatDoesNotSay_IsBelieved()
    {
        _other.StateNumber = null;

        Assert.True((await Group.EvaluateAsync(EvaluationSplit.Validation, 7, TestContext.Current.CancellationToken)).IsWhole);
        await Group.RequireSameModelAsync(7, TestContext.Current.CancellationToken);
    }
}
