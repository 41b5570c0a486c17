using DistributedFreeze.Grains.Coordination;

namespace DistributedFreeze.Grains.Tests.Coordination;

public sealed class SteadyClockTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public void AClockThatIsSet_ChangesNoDuration(int hours)
    {
        var time = new SetTime();
        var clock = new SteadyClock(time);
        var avoided = new AvoidedDevices(time);
        avoided.Add("a");
        var began = clock.Now;

        time.Set(TimeSpan.FromHours(hours));

        Assert.Equal(began, clock.Now);
        Assert.Equal(["a"], avoided.Now);

        time.Pass(AvoidedDevices.Shortest);

        Assert.Equal(began + AvoidedDevices.Shortest, clock.Now);
        Assert.Empty(avoided.Now);
    }

    /// <summary>A machine whose clock can be set.</summary>
    private sealed class SetTime : TimeProvider
    {
        private TimeSpan _passed;
        private TimeSpan _set;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddDays(20_000) + _passed + _set;

        public override long GetTimestamp() => _passed.Ticks;

        public void Pass(TimeSpan by) => _passed += by;

        public void Set(TimeSpan by) => _set += by;
    }
}
