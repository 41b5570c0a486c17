namespace DistributedFreeze.Coordination;

/// <summary>When the next checkpoint is due: often enough that a lost cluster repeats a minute, seldom enough to cost nothing.</summary>
internal sealed class CheckpointClock(TimeProvider time, TimeSpan interval)
{
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(1);

    private long _last = time.GetTimestamp();

    public bool IsDue => time.GetElapsedTime(_last) >= interval;

    public void Written() => _last = time.GetTimestamp();
}
