namespace DistributedFreeze.Coordination.Groups;

public sealed class DeviceFailuresTests
{
    private readonly DeviceFailures _failures = new();

    [Fact]
    public void ADeviceThatFailsTwiceInARow_IsHopeless()
    {
        _failures.Failed("a");
        Assert.False(_failures.IsHopeless("a"));

        _failures.Failed("a");
        Assert.True(_failures.IsHopeless("a"));
        Assert.False(_failures.IsHopeless("b"));
    }

    [Fact]
    public void AWindow_MakesUpForWhatWasBefore()
    {
        _failures.Failed("a");
        _failures.Failed("b");
        _failures.Worked(["a"]);
        _failures.Failed("a");
        _failures.Failed("b");

        Assert.Equal((false, true), (_failures.IsHopeless("a"), _failures.IsHopeless("b")));
    }
}
