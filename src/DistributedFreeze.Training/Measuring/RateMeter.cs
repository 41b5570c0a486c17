namespace DistributedFreeze.Training.Measuring;

/// <summary>Measures how fast something goes on, within a box of time.</summary>
/// <param name="time">The clock.</param>
/// <param name="box">About how long to measure; a round or two are measured however long they take.</param>
internal sealed class RateMeter(TimeProvider time, TimeSpan box)
{
    /// <summary>Shorter than any clock tells.</summary>
    private const double LeastSeconds = 1e-9;

    /// <summary>Seconds beside which warming up is little, and repeating would be much.</summary>
    private const double LongSeconds = 1;

    /// <summary>
    /// Repeats a round until the box is full. The first one warms up caches and compiles code, which may take many times as long as the
    /// round itself: it counts only where it fills the box and is so long that this hardly matters.
    /// </summary>
    /// <param name="round">Does a part and returns how much that was, above 0.</param>
    /// <returns>Amount per second.</returns>
    public double RateOf(Func<long> round)
    {
        var (amount, seconds) = Time(round);
        if (seconds >= Math.Max(box.TotalSeconds, LongSeconds))
        {
            return amount / seconds;
        }

        (amount, seconds) = (0, 0);
        do
        {
            var (more, took) = Time(round);
            (amount, seconds) = (amount + more, seconds + took);
        }
        while (seconds < box.TotalSeconds);
        return amount / seconds;
    }

    private (long Amount, double Seconds) Time(Func<long> round)
    {
        var started = time.GetTimestamp();
        var amount = round();
        return (amount, Math.Max(time.GetElapsedTime(started).TotalSeconds, LeastSeconds));
    }
}
