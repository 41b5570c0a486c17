using DistributedFreeze.Grains.Coordination;

namespace DistributedFreeze.Grains.Tests.Coordination;

public sealed class AvoidedDevicesTests
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void ADevice_IsAvoidedForAWhile_AndEachFurtherTimeTwiceAsLong()
    {
        var avoided = new AvoidedDevices(_time);
        avoided.Add("b");
        Assert.Equal(["b"], avoided.Now);

        _time.Advance(AvoidedDevices.Shortest);
        Assert.Empty(avoided.Now);

        avoided.Add("b");
        _time.Advance(AvoidedDevices.Shortest);
        Assert.Equal(["b"], avoided.Now);
        _time.Advance(AvoidedDevices.Shortest);
        Assert.Empty(avoided.Now);
    }

    [Fact]
    public void NoDevice_IsAvoidedForEver()
    {
        var avoided = new AvoidedDevices(_time);
        for (var i = 0; i < 100; i++)
        {
            avoided.Add("a");
        }

        _time.Advance(AvoidedDevices.Longest);

        Assert.Empty(avoided.Now);
    }

    [Fact]
    public void ADeviceThatWasNotAvoidedForLong_BeginsAnew()
    {
        var avoided = new AvoidedDevices(_time);
        avoided.Add("a");
        avoided.Add("a"); // for twice the shortest time
        _time.Advance(2 * AvoidedDevices.Shortest + AvoidedDevices.Longest + TimeSpan.FromSeconds(1));
        Assert.Empty(avoided.Now);

        avoided.Add("a");
        _time.Advance(AvoidedDevices.Shortest);

        Assert.Empty(avoided.Now);
    }
}
