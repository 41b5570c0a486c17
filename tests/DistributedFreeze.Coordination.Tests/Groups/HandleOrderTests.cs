using System.Collections.Immutable;

namespace DistributedFreeze.Coordination.Groups;

public sealed class SeatOrderTests
{
    [Theory]
    [InlineData("", "a0 b0 a1", "a0 a1 b0")]
    [InlineData("b0 a0", "a0 b0", "b0 a0")]
    [InlineData("a0 b0", "b0 a1", "b0 a1")]
    [InlineData("b0 a0", "a1 a0 b1 b0", "b0 b1 a0 a1")]
    [InlineData("a0 b0", "c0 b0 a0", "a0 b0 c0")]
    public void MembersComeFirst_SiloBySilo(string members, string granted, string order) =>
        Assert.Equal(Handles(order), HandleOrder.Of(Handles(members), Handles(granted), most: 8));

    [Fact]
    public void MoreSeatsThanShards_LeaveTheLastOut() =>
        Assert.Equal(Handles("b0 a0"), HandleOrder.Of(Handles("b0"), Handles("a0 a1 b0"), most: 2));

    internal static ImmutableArray<ReplicaHandle> Handles(string names) =>
        [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => new ReplicaHandle(name, name[..1], null, null!))];
}
