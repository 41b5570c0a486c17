namespace DistributedFreeze.Grains;

/// <summary>A clock for how long things last on this silo: it begins at the time of day, and goes on whatever the machine's clock is set to. Thread-safe.</summary>
/// <param name="time">The machine's clocks.</param>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset _began = time.GetUtcNow();
    private readonly long _stamp = time.GetTimestamp();

    /// <summary>What has gone by since the beginning.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_stamp);

    /// <summary>The time of day as of the beginning, and what has gone by since then. Not to be compared with other machines' times.</summary>
    public DateTimeOffset Now => _began + Elapsed;
}
