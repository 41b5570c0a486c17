using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

public sealed class DeviceHistoryTests
{
    private static readonly RunProgress Within = new() { Epoch = 1 };

    [Theory]
    [InlineData("", "a", "a")]
    [InlineData("a", "a", "a")]
    [InlineData("a", "b", "a b")]
    [InlineData("a b", "a", "b a")] // to and fro: it does not grow
    [InlineData("a b", null, "a b")]
    public void EachClass_IsThereOnce_TheLastOneAtLast(string before, string? then, string after) =>
        Assert.Equal(after.Split(' '), DeviceHistory.With(Within with { DeviceClasses = [.. before.Split(' ', StringSplitOptions.RemoveEmptyEntries)] }, then).DeviceClasses);

    [Fact]
    public void ARunThatStandsAtItsStart_WasComputedOnNoOtherClass() =>
        Assert.Equal(["b"], DeviceHistory.With(new() { DeviceClasses = ["a"] }, "b").DeviceClasses);

    /// <summary>As where a checkpoint or a silo of an earlier version said nothing of it.</summary>
    [Fact]
    public void WhatWasNotKept_IsNotKnown()
    {
        var old = Within with { DeviceClasses = default };

        Assert.Null(DeviceHistory.Last(old));
        Assert.Equal(["b"], DeviceHistory.With(old, "b").DeviceClasses);
    }
}
