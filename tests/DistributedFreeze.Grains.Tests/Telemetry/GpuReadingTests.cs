using DistributedFreeze.Grains.Telemetry.Gpus;

namespace DistributedFreeze.Grains.Tests.Telemetry;

public sealed class GpuReadingTests
{
    [Fact]
    public void AnAnswer_HasOneLineForEachGpu()
    {
        var readings = GpuReading.ParseAll("0, 1024, 81559, 37\n1, 0, 81559, 0\n");

        Assert.Equal([new(0, 1024L << 20, 81559L << 20, 0.37), new(1, 0, 81559L << 20, 0)], readings);
    }

    [Fact]
    public void ASliceOfAGpu_DoesNotSayHowBusyItIs() =>
        Assert.Equal([new(0, 12L << 20, 9984L << 20, null)], GpuReading.ParseAll("0, 12, 9984, [N/A]"));

    [Theory]
    [InlineData("")]
    [InlineData("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")]
    [InlineData("0, [Unknown Error], 81559, 37")]
    [InlineData("No devices were found, a, b, c")]
    public void WhatIsNoReading_IsPassedOver(string answer) => Assert.Empty(GpuReading.ParseAll(answer));
}
