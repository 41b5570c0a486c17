namespace DistributedFreeze.Coordination;

public sealed class CheckpointClockTests
{
    private readonly ManualClock _time = new();

    [Theory]
    [InlineData(0, 60)]
    [InlineData(3, 60)]
    [InlineData(6, 114)]
    [InlineData(600, 180)]
    public void TheNextOne_IsDue_WhenTheLastWasATwentiethOfTheTime_WithinOneAndThreeIntervals(int took, int due)
    {
        var clock = new CheckpointClock(_time, TimeSpan.FromMinutes(1));
        clock.Written(TimeSpan.FromSeconds(took));

        _time.Advance(TimeSpan.FromSeconds(due - 1));
        Assert.False(clock.IsDue);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(clock.IsDue);
    }

    [Fact]
    public void TheFirstOne_IsDueAfterAnInterval()
    {
        var clock = new CheckpointClock(_time, TimeSpan.FromMinutes(1));

        Assert.False(clock.IsDue);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(clock.IsDue);
    }
}
