using System.Collections.Immutable;
using DistributedFreeze.Grains.Telemetry.Gpus;

namespace DistributedFreeze.Grains.Tests.Telemetry;

public sealed class GpuWatchTests
{
    [Fact]
    public async Task WhatTheProbeReads_IsShownByGpu()
    {
        using var readings = new Readings();
        var probe = new Probe { Now = [new(0, 100, 400, 0.5), new(1, 200, 400, null)] };
        using var watch = new GpuWatch(readings.Meters, Silo.Devices(0), probe, TimeProvider.System);
        Assert.Empty(readings.Of("gpu"));

        await watch.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["gpu.memory.usage gpu=0 100", "gpu.memory.usage gpu=1 200"], readings.Of("gpu.memory.usage"));
        Assert.Equal(["gpu.memory.limit gpu=0 400", "gpu.memory.limit gpu=1 400"], readings.Of("gpu.memory.limit"));
        Assert.Equal(["gpu.utilization gpu=0 0.5"], readings.Of("gpu.utilization"));
    }

    [Fact]
    public async Task WithoutAGpuToLend_NobodyIsAsked()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "There is a GPU here.");
        using var readings = new Readings();
        var probe = new Probe { Now = [new(0, 100, 400, 0.5)] };
        using var watch = new GpuWatch(readings.Meters, Silo.Devices(2), probe, TimeProvider.System);

        await watch.StartAsync(TestContext.Current.CancellationToken);
        await watch.ExecuteTask!;

        Assert.Equal(0, probe.Asked);
    }

    [Fact]
    public async Task WhereThereIsNoDriver_ThereIsNoReading()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "There is a GPU here.");

        Assert.Empty(await new NvidiaSmi().ReadAsync(TestContext.Current.CancellationToken));
    }

    private sealed class Probe : IGpuProbe
    {
        public ImmutableArray<GpuReading> Now { get; init; } = [];

        public int Asked { get; private set; }

        public Task<ImmutableArray<GpuReading>> ReadAsync(CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult(Now);
        }
    }
}
