namespace DistributedFreeze.Training.Measuring;

public sealed class RateMeterTests
{
    private readonly ManualClock _time = new();
    private int _rounds;

    [Fact]
    public void RateOf_LeavesOutTheRoundThatWarmsUp()
    {
        var rate = new RateMeter(_time, TimeSpan.FromSeconds(1)).RateOf(() => Round(_rounds == 0 ? 0.9 : 0.3));

        Assert.Equal(8 / 0.3, rate, 1e-9);
        Assert.Equal(1 + 4, _rounds); // 4 of 0.3 s fill a box of 1 s
    }

    [Fact]
    public void RateOf_LeavesOutAWarmingUpThatFillsASmallBox()
    {
        var rate = new RateMeter(_time, TimeSpan.FromMilliseconds(4)).RateOf(() => Round(_rounds == 0 ? 0.2 : 0.005));

        Assert.Equal(8 / 0.005, rate, 1e-9);
        Assert.Equal(2, _rounds);
    }

    [Fact]
    public void RateOf_TakesALongFirstRoundThatFillsTheBox()
    {
        var rate = new RateMeter(_time, TimeSpan.FromSeconds(1)).RateOf(() => Round(2));

        Assert.Equal((4.0, 1), (rate, _rounds));
    }

    [Fact]
    public void RateOf_IsFiniteWhereTheClockDoesNotMove() =>
        Assert.True(double.IsFinite(new RateMeter(_time, TimeSpan.Zero).RateOf(() => Round(0))));

    private long Round(double seconds)
    {
        _rounds++;
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return 8;
    }
}
