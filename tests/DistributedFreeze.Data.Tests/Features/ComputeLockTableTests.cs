using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

public sealed class ComputeLockTableTests
{
    private static readonly ImageHash One = SmallSet.Image(1);
    private static readonly ImageHash Two = SmallSet.Image(2);
    private readonly ComputeLockTable _claims = new();

    [Fact]
    public void AnImage_IsClaimedByOne()
    {
        Assert.Equal((true, false, true), (_claims.TryAdd(One), _claims.TryAdd(One), _claims.TryAdd(Two)));

        _claims.Remove(One);

        Assert.True(_claims.TryAdd(One));
    }

    [Fact]
    public void TheEndOfAClaim_WakesWhoWaits()
    {
        _claims.TryAdd(One);
        var seen = _claims.Ended;
        var hasEnded = false;
        var waiting = new Thread(() => hasEnded = _claims.WaitForEnd(seen, [One, Two], TimeSpan.Zero));
        waiting.Start();
        SpinWait.SpinUntil(() => waiting.ThreadState.HasFlag(ThreadState.WaitSleepJoin) || !waiting.IsAlive);
        Assert.False(hasEnded);

        _claims.Remove(One);

        waiting.Join();
        Assert.True(hasEnded);
    }

    [Fact]
    public void AClaimThatEndedMeanwhile_IsNotWaitedFor()
    {
        _claims.TryAdd(One);
        var seen = _claims.Ended;
        _claims.Remove(One);
        _claims.TryAdd(One);

        Assert.True(_claims.WaitForEnd(seen, [One], Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void WhereNothingIsClaimedHere_TheWaitingEnds()
    {
        _claims.TryAdd(Two);

        Assert.False(_claims.WaitForEnd(_claims.Ended, [One], TimeSpan.Zero));
    }

    [Fact]
    public void WhatWasTakenBack_IsNoEnd()
    {
        var seen = _claims.Ended;
        _claims.TryAdd(One);

        _claims.Withdraw(One);

        Assert.False(_claims.WaitForEnd(seen, [One], TimeSpan.Zero));
        Assert.True(_claims.TryAdd(One));
    }
}
