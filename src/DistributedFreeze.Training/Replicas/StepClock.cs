using System.Diagnostics;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Adds up where the time of a window's steps goes.</summary>
/// <remarks>Moments are those of <see cref="Stopwatch.GetTimestamp"/>. On a GPU they say when work was queued; see <see cref="StepTimes"/>.</remarks>
/// <param name="read">Seconds that the stream of features has spent reading, before the first step.</param>
/// <param name="prefix">Seconds that it has spent in the prefix.</param>
internal sealed class StepClock(double read, double prefix)
{
    private long _mark;
    private double _read = read;
    private double _prefix = prefix;

    public StepTimes Times { get; private set; }

    public void Begin(long at) => _mark = at;

    /// <summary>A shard has gone forward: what the stream spent on it is the stream's own, the rest is the tail's.</summary>
    /// <param name="at">When the forward pass was done.</param>
    /// <param name="read">Seconds that the stream has spent reading by now.</param>
    /// <param name="prefix">Seconds that it has spent in the prefix by now.</param>
    public void Forwarded(long at, double read, double prefix)
    {
        var forward = Lap(at) - (read - _read) - (prefix - _prefix);
        Times += new StepTimes(read - _read, prefix - _prefix, forward, 0, 0) { TailForward = forward };
        (_read, _prefix) = (read, prefix);
    }

    /// <summary>A shard has gone backward, and its gradient is added to those of the replica's other shards.</summary>
    public void Backwarded(long at) => Times += new StepTimes(0, 0, Lap(at), 0, 0);

    public void Exchanged(long at) => Times += new StepTimes(0, 0, 0, Lap(at), 0);

    public void Applied(long at) => Times += new StepTimes(0, 0, 0, 0, Lap(at));

    private double Lap(long at)
    {
        var seconds = Stopwatch.GetElapsedTime(_mark, at).TotalSeconds;
        _mark = at;
        return seconds;
    }
}
