namespace DistributedFreeze.Coordination;

/// <summary>When the next checkpoint is due: often enough that a lost cluster repeats a minute, seldom enough to cost nearly nothing.</summary>
/// <param name="time">The clock.</param>
/// <param name="interval">Between the end of one and the next where writing is quick.</param>
internal sealed class CheckpointClock(TimeProvider time, TimeSpan interval)
{
    /// <summary>A run computes for as many times as long as it stood while the last one was written, so that at most a twentieth of its time goes into them...</summary>
    public const int Seldom = 19;

    /// <summary>...but for no more than so many intervals: with the fifth, the alert says that there is none.</summary>
    public const int MostIntervals = 4;

    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(1);

    private long _last = time.GetTimestamp();
    private TimeSpan _wait;

    /// <summary>True where it is time for one.</summary>
    public bool IsDue => time.GetElapsedTime(_last) >= (_wait > interval ? _wait : interval);

    /// <summary>One has been written.</summary>
    /// <param name="took">For how long the run stood.</param>
    public void Written(TimeSpan took)
    {
        _last = time.GetTimestamp();
        _wait = new(Math.Min(took.Ticks * Seldom, interval.Ticks * MostIntervals));
    }
}
