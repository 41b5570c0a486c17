namespace DistributedFreeze.TestKit;

/// <summary>A clock that stands still until a test moves it. Timers are the system's, and end in real time; those of <see cref="ManualTime"/> do not.</summary>
/// <param name="now">What it shows at first; the default is the first instant of 1970.</param>
public class ManualClock(DateTimeOffset? now = null) : TimeProvider
{
    private long _ticks = (now ?? DateTimeOffset.UnixEpoch).UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    public virtual void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
