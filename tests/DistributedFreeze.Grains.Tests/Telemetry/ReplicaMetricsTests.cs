using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Grains.Tests.Telemetry;

public sealed class ReplicaMetricsTests : IDisposable
{
    private readonly Readings _readings = new();
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly SiloDevices _devices = Silo.Devices(2);
    private readonly ReplicaMetrics _metrics;
    private readonly string _device;

    public ReplicaMetricsTests()
    {
        _metrics = new(_readings.Meters, _readings.Scrapes, _devices, _time);
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
    public void ADeviceThatWasGivenBack_HasItsSeriesForAWhile()
    {
        _devices.Own(_device, "r1");
        _metrics.WindowDone(_device, "r1", Window());
        _devices.Own(_device, null);

        _time.Advance(RunMetrics.Linger);
        Assert.NotEmpty(_readings.Of("replica"));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(_readings.Of("replica"));
    }

    [Fact]
    public void ADeviceThatIsOwned_KeepsItsSeriesHoweverLongNothingIsDone()
    {
        _devices.Own(_device, "r1");
        _metrics.WindowDone(_device, "r1", Window());

        _time.Advance(2 * RunMetrics.Linger);

        Assert.NotEmpty(_readings.Of("replica"));
    }

    [Fact]
    public void TheNextRun_HasSeriesOfItsOwn_ThatBeginAtZero()
    {
        _devices.Own(_device, "r1");
        _metrics.WindowDone(_device, "r1", Window());
        Assert.NotEmpty(_readings.Of("replica"));
        _devices.Own(_device, "r2");
        _metrics.WindowDone(_device, "r2", Window());

        Assert.Equal(["features=read 0", "features=computed 0"], OfSecond(_readings.Scraped("replica.images")));
        Assert.Equal(["features=read 10", "features=computed 3"], OfSecond(_readings.Scraped("replica.images")));

        static IEnumerable<string> OfSecond(List<string> measured) =>
            measured.Where(line => line.Contains("run=r2", StringComparison.Ordinal)).Select(line => line.Split(' ', 4)[3]);
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _readings.Dispose();
    }

    internal static WindowReport Window() => new()
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
