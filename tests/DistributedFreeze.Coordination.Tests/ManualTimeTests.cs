namespace DistributedFreeze.Coordination;

/// <summary>The clock that other tests go by.</summary>
public sealed class ManualTimeTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void ATimer_EndsOnce_WhenTheClockHasReachedIt()
    {
        var ends = 0;
        using var timer = _time.CreateTimer(_ => ends++, null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(0, ends);

        _time.Advance(TimeSpan.FromSeconds(0.1));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, ends);
    }

    [Fact]
    public void ATimerWithoutATime_EndsWhenItHasBeenGivenOne()
    {
        var ends = 0;
        using var timer = _time.CreateTimer(_ => ends++, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, ends);

        timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, ends);
    }

    [Fact]
    public void ATimerThatIsDisposed_DoesNotEnd()
    {
        var ends = 0;
        _time.CreateTimer(_ => ends++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan).Dispose();

        _time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(0, ends);
    }
}
