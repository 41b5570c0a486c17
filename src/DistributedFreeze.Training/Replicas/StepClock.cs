using System.Diagnostics;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Adds up where the time of a window's steps goes.</summary>
internal sealed class StepClock(FeatureStream stream)
{
    private long _mark = Stopwatch.GetTimestamp();
    private double _read = stream.ReadSeconds;
    private double _prefix = stream.PrefixSeconds;

    public StepTimes Times { get; private set; }

    public void Begin() => _mark = Stopwatch.GetTimestamp();

    /// <summary>Takes over what the stream has spent since the last time.</summary>
    public void Read()
    {
        Times += new StepTimes(stream.ReadSeconds - _read, stream.PrefixSeconds - _prefix, 0, 0, 0);
        _read = stream.ReadSeconds;
        _prefix = stream.PrefixSeconds;
        Begin();
    }

    public void Computed() => Times += new StepTimes(0, 0, Lap(), 0, 0);

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
