using System.Diagnostics.Metrics;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Devices;

/// <summary>How many runs wait for devices, and how long: told by the silo that hosts the scheduler, and by no other.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class QueueMetrics
{
    private volatile Queue? _queue;

    public QueueMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Measures.Meter);
        Measures.QueueLength.Observe<long>(meter, () => _queue is { Lengths: var lengths }
            ? [Length(lengths.Devices, "devices"), Length(lengths.Quota, "quota"), Length(lengths.Size, "size")]
            : []);
        Measures.QueueLongestWait.Observe<double>(meter, () => _queue is { } queue ? [new(queue.LongestWait.TotalSeconds)] : []);
    }

    /// <summary>The scheduler is here.</summary>
    /// <param name="lengths">How many runs wait.</param>
    /// <param name="longestWait">How long the one that has waited longest does so; to be told anew every few seconds.</param>
    public void IsNow(QueueLengths lengths, TimeSpan longestWait) => _queue = new(lengths, longestWait);

    /// <summary>The scheduler has left this silo.</summary>
    public void HasLeft() => _queue = null;

    private static Measurement<long> Length(int length, string reason) => new(length, new KeyValuePair<string, object?>("reason", reason));

    private sealed record Queue(QueueLengths Lengths, TimeSpan LongestWait);
}
