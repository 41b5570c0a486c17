using DistributedFreeze.Grains.Devices;

namespace DistributedFreeze.Grains.Tests.Telemetry;

public sealed class QueueMetricsTests
{
    [Fact]
    public void OnlyTheSchedulersSilo_TellsOfTheQueue()
    {
        using var readings = new Readings();
        var metrics = new QueueMetrics(readings.Meters);
        Assert.Empty(readings.Of("queue."));

        metrics.IsNow(new(0, 0, 0), TimeSpan.Zero);
        Assert.Equal(["queue.length reason=devices 0", "queue.length reason=quota 0", "queue.length reason=size 0", "queue.wait.longest 0"], readings.Of("queue."));
        metrics.IsNow(new(3, 2, 1), TimeSpan.FromMinutes(1.5));
        Assert.Equal(["queue.length reason=devices 3", "queue.length reason=quota 2", "queue.length reason=size 1", "queue.wait.longest 90"], readings.Of("queue."));

        metrics.HasLeft();
        Assert.Empty(readings.Of("queue."));
    }
}
