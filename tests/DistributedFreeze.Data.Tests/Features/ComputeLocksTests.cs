using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

public sealed class ComputeLocksTests
{
    private static readonly ImageHash One = SmallSet.Image(1);
    private static readonly ImageHash Two = SmallSet.Image(2);
    private readonly ComputeLocks _claims = new();

    [Fact]
    public void AnImage_IsClaimedByOne()
    {
        using var one = Take(One);
        Assert.Null(_claims.TryTake(One, elsewhere: null));
        using var two = Take(Two);

        one.Dispose();

        using var again = Take(One);
        one.Dispose(); // a second time, and the other's stays
        Assert.Null(_claims.TryTake(One, elsewhere: null));
    }

    [Fact]
    public void WhatKeepsOtherProcessesOff_EndsWithTheLockOrWhereThereIsNone()
    {
        var (first, second) = (new Elsewhere(), new Elsewhere());
        using var claim = _claims.TryTake(One, first);

        Assert.Null(_claims.TryTake(One, second));
        Assert.Equal((0, 1), (first.Ends, second.Ends));

        claim!.Dispose();
        claim.Dispose();
        Assert.Equal(1, first.Ends);
    }

    [Fact]
    public void TheEndOfAClaim_WakesWhoWaits()
    {
        using var claim = Take(One);
        var seen = _claims.Ended;
        var hasEnded = false;
        var waiting = new Thread(() => hasEnded = _claims.WaitForEnd(seen, [One, Two], TimeSpan.Zero));
        waiting.Start();
        SpinWait.SpinUntil(() => waiting.ThreadState.HasFlag(ThreadState.WaitSleepJoin) || !waiting.IsAlive);
        Assert.False(hasEnded);

        claim.Dispose();

        waiting.Join();
        Assert.True(hasEnded);
    }

    [Fact]
    public void AClaimThatEndedMeanwhile_IsNotWaitedFor()
    {
        var seen = _claims.Ended;
        Take(One).Dispose();
        using var claim = Take(One);

        Assert.True(_claims.WaitForEnd(seen, [One], Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void WhereNothingIsClaimedHere_TheWaitingEnds()
    {
        using var claim = Take(Two);

        Assert.False(_claims.WaitForEnd(_claims.Ended, [One], TimeSpan.Zero));
    }

    private IDisposable Take(in ImageHash image) => _claims.TryTake(image, elsewhere: null) ?? throw new InvalidOperationException("It is taken.");

    private sealed class Elsewhere : IDisposable
    {
        public int Ends { get; private set; }

        public void Dispose() => Ends++;
    }
}
