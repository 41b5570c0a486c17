using System.Diagnostics;
using DistributedFreeze.Replicas;
using DistributedFreeze.Training.Features;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Adds up where the time of a window's steps goes.</summary>
internal sealed class StepClock(FeatureStream stream)
{
    private long _mark = Stopwatch.GetTimestamp();
    private double _read = stream.ReadSeconds;
    private double _prefix = stream.PrefixSeconds;

    public StepTimes Times { get; private set; }

    public void Begin() => _mark = Stopwatch.GetTimestamp();

    /// <summary>The step's shards are computed: what the stream spent on them is its own, the rest is the tail's.</summary>
    public void Computed()
    {
        var (read, prefix) = (stream.ReadSeconds - _read, stream.PrefixSeconds - _prefix);
        Times += new StepTimes(read, prefix, Lap() - read - prefix, 0, 0);
        (_read, _prefix) = (stream.ReadSeconds, stream.PrefixSeconds);
    }

    public void Exchanged() => Times += new StepTimes(0, 0, 0, Lap(), 0);

    public void Applied() => Times += new StepTimes(0, 0, 0, 0, Lap());

    private double Lap()
    {
        var now = Stopwatch.GetTimestamp();
        var seconds = Stopwatch.GetElapsedTime(_mark, now).TotalSeconds;
        _mark = now;
        return seconds;
    }
}
