using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Native;

public sealed class Tf32SwitchTests
{
    private readonly List<bool> _switched = [];
    private readonly Tf32Switch _tf32;

    public Tf32SwitchTests() => _tf32 = new(_switched.Add);

    [Fact]
    public void WhoNeedsItAlike_HoldsItTogether_AndWhoNeedsItOtherwise_IsRefusedUntilTheyHaveLetGo()
    {
        var first = _tf32.Hold(on: true);
        var second = _tf32.Hold(on: true);

        Assert.Contains("computing in TF32 for another run", Assert.Throws<DeviceBusyException>(() => _tf32.Hold(on: false)).Message, StringComparison.Ordinal);
        first.Dispose();
        first.Dispose(); // once counts
        Assert.Throws<DeviceBusyException>(() => _tf32.Hold(on: false));
        second.Dispose();

        using var other = _tf32.Hold(on: false);
        Assert.Contains("computing without TF32 for another run", Assert.Throws<DeviceBusyException>(() => _tf32.Hold(on: true)).Message, StringComparison.Ordinal);
        Assert.Equal([true, false], _switched);
    }

    [Fact]
    public void WhereItCannotBeSwitched_NobodyHoldsIt()
    {
        var broken = new Tf32Switch(_ => throw new LibTorchException("no such switch"));

        Assert.Throws<LibTorchException>(() => broken.Hold(on: true));
        Assert.Throws<LibTorchException>(() => broken.Hold(on: false));
    }
}
