using System.Diagnostics.Metrics;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Devices;

/// <summary>How many runs wait for devices: told by the silo that hosts the scheduler, and by no other.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class QueueMetrics
{
    private const int Elsewhere = -1;

    private volatile int _length = Elsewhere;

    public QueueMetrics(IMeterFactory meters) => Measures.QueueLength.Observe<long>(
        meters.Create(Measures.Meter), () => _length is not Elsewhere and var length ? [new(length)] : []);

    /// <summary>The scheduler is here, and so many runs wait.</summary>
    public void IsNow(int length) => _length = length;

    /// <summary>The scheduler has left this silo.</summary>
    public void HasLeft() => _length = Elsewhere;
}
