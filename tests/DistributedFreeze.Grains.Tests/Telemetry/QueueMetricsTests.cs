using DistributedFreeze.Grains.Devices;

namespace DistributedFreeze.Grains.Tests.Telemetry;

public sealed class QueueMetricsTests
{
    [Fact]
    public void OnlyTheSchedulersSilo_TellsTheLengthOfTheQueue()
    {
        using var readings = new Readings();
        var metrics = new QueueMetrics(readings.Meters);
        Assert.Empty(readings.Of("queue.length"));

        metrics.IsNow(0);
        Assert.Equal(["queue.length 0"], readings.Of("queue.length"));
        metrics.IsNow(3);
        Assert.Equal(["queue.length 3"], readings.Of("queue.length"));

        metrics.HasLeft();
        Assert.Empty(readings.Of("queue.length"));
    }
}
