using System.Diagnostics;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Adds up where the time of a window's steps goes.</summary>
internal sealed class StepClock
{
    private long _mark = Stopwatch.GetTimestamp();
    private double _read;
    private double _prefix;
    private double? _firstRead;
    private double? _firstPrefix;

    public StepTimes Times { get; private set; }

    public void Begin() => _mark = Stopwatch.GetTimestamp();

    /// <summary>Takes what the stream has spent since it was first seen in this window.</summary>
    public void Read(FeatureStream stream)
    {
        _firstRead ??= _read;
        _firstPrefix ??= _prefix;
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
