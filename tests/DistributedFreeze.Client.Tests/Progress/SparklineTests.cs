using DistributedFreeze.Cli.Train;

namespace DistributedFreeze.Client.Tests.Progress;

public sealed class SparklineTests
{
    [Fact]
    public void TheLowest_IsTheLowestBarAndTheHighestTheHighest() => Assert.Equal("█▁▅▃", Sparkline.Of([7, 0, 4, 2]));

    [Fact]
    public void EqualNumbers_AreAllLow() => Assert.Equal("▁▁", Sparkline.Of([3, 3]));

    [Fact]
    public void NoNumber_IsNoBar() => Assert.Equal("", Sparkline.Of([]));

    [Fact]
    public void WhatIsNotFinite_IsLeftOut() => Assert.Equal("▁█", Sparkline.Of([1, double.NaN, double.PositiveInfinity, 2]));

    [Fact]
    public void OnlyTheLatest_AreShown()
    {
        var line = Sparkline.Of([100, .. Enumerable.Range(0, Sparkline.Length).Select(number => (double)number)]);

        Assert.Equal(Sparkline.Length, line.Length);
        Assert.Equal(('▁', '█'), (line[0], line[^1]));
    }
}
