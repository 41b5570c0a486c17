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

        metrics.IsNow(0, TimeSpan.Zero);
        Assert.Equal(["queue.length 0", "queue.wait.longest 0"], readings.Of("queue."));
        metrics.IsNow(3, TimeSpan.FromMinutes(1.5));
        Assert.Equal(["queue.length 3", "queue.wait.longest 90"], readings.Of("queue."));

        metrics.HasLeft();
        Assert.Empty(readings.Of("queue."));
    }
}
