namespace DistributedFreeze.TestKit;

/// <summary>A clock that stands still until a test moves it, and its timers with it.</summary>
/// <param name="now">What it shows at first; the default is the first instant of 1970.</param>
public sealed class ManualTime(DateTimeOffset? now = null) : ManualClock(now)
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];

    /// <inheritdoc/>
    /// <remarks>It ends once: periods are not counted.</remarks>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock, and ends the timers that are due by then, before it returns.</summary>
    public override void Advance(TimeSpan by)
    {
        base.Advance(by);
        Timer[] due;
        lock (_lock)
        {
            due = [.. _timers.Where(timer => timer.Due <= GetTimestamp())];
            _timers.RemoveAll(due.Contains);
        }

        foreach (var timer in due)
        {
            timer.Fire();
        }
    }

    private sealed class Timer(ManualTime time, Action fire) : ITimer
    {
        /// <summary>Reading of the clock at which it ends.</summary>
        public long Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time.GetTimestamp() + dueTime.Ticks;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
