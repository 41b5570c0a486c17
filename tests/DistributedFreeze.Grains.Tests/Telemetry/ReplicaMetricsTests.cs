using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Grains.Tests.Telemetry;

public sealed class ReplicaMetricsTests : IDisposable
{
    private readonly Readings _readings = new();
    private readonly SiloDevices _devices = Silo.Devices(2);
    private readonly ReplicaMetrics _metrics;
    private readonly string _device;

    public ReplicaMetricsTests()
    {
        _metrics = new(_readings.Meters, _devices);
        _device = DeviceId.Of(_devices.Silo, "cpu:1");
    }

    [Fact]
    public void Windows_AddUpByPartAndByWhereFeaturesCameFrom()
    {
        _devices.Own(_device, "r1");
        _metrics.WindowDone(_device, "r1", Window());
        _metrics.WindowDone(_device, "r1", Window());

        Assert.Equal(
            [
                "replica.step.time run=r1 device=cpu:1 part=read 0.5",
                "replica.step.time run=r1 device=cpu:1 part=prefix 1",
                "replica.step.time run=r1 device=cpu:1 part=tail_forward 0.5",
                "replica.step.time run=r1 device=cpu:1 part=tail_backward 1.5",
                "replica.step.time run=r1 device=cpu:1 part=exchange 4",
                "replica.step.time run=r1 device=cpu:1 part=apply 8",
            ],
            _readings.Of("replica.step.time"));
        Assert.Equal(
            ["replica.images run=r1 device=cpu:1 features=read 20", "replica.images run=r1 device=cpu:1 features=computed 6"],
            _readings.Of("replica.images"));
    }

    [Fact]
    public void ADeviceThatWasGivenBack_HasNoSeries()
    {
        _devices.Own(_device, "r1");
        _metrics.WindowDone(_device, "r1", Window());

        _devices.Own(_device, null);

        Assert.Empty(_readings.Of("replica"));
    }

    [Fact]
    public void TheNextRun_BeginsAtNothing()
    {
        _devices.Own(_device, "r1");
        _metrics.WindowDone(_device, "r1", Window());
        _devices.Own(_device, "r2");
        Assert.Empty(_readings.Of("replica"));

        _metrics.WindowDone(_device, "r2", Window());

        Assert.Equal(
            ["replica.images run=r2 device=cpu:1 features=read 10", "replica.images run=r2 device=cpu:1 features=computed 3"],
            _readings.Of("replica.images"));
    }

    public void Dispose() => _readings.Dispose();

    private static WindowReport Window() => new()
    {
        Losses = [1],
        Correct = [1],
        Samples = [13],
        Stopped = false,
        Times = new(0.25, 0.5, 1, 2, 4) { TailForward = 0.25 },
        FeaturesRead = 10,
        FeaturesComputed = 3,
    };
}
