namespace DistributedFreeze.Coordination;

/// <summary>When the next checkpoint is due: often enough that a lost cluster repeats a minute or a few, seldom enough to cost nearly nothing.</summary>
/// <param name="time">The clock.</param>
/// <param name="interval">The least time between the end of one and the next.</param>
internal sealed class CheckpointClock(TimeProvider time, TimeSpan interval)
{
    /// <summary>A run trains for so many times as long as it stood while the last one was written: a twentieth of its time goes into them.</summary>
    private const int TrainingPerWriting = 19;

    /// <summary>The most intervals that pass, however long writing takes: well before the alert, which counts five.</summary>
    private const int MostIntervals = 3;

    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(1);

    private long _last = time.GetTimestamp();
    private TimeSpan _took;

    /// <summary>True where it is time for one.</summary>
    public bool IsDue
    {
        get
        {
            var since = time.GetElapsedTime(_last);
            return since >= interval && (since >= _took * TrainingPerWriting || since / MostIntervals >= interval);
        }
    }

    /// <summary>One has been written.</summary>
    /// <param name="took">For how long the run stood.</param>
    public void Written(TimeSpan took)
    {
        _last = time.GetTimestamp();
        _took = took;
    }
}
