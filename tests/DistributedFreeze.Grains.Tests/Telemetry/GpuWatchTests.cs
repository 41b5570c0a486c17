using System.Collections.Immutable;
using System.Diagnostics;
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

    [Fact]
    public async Task TheDriversTool_IsAskedForMemoryAndUtilization()
    {
        using var tool = new FakeTool("""
            [ "$*" = "--query-gpu=index,memory.used,memory.total,utilization.gpu --format=csv,noheader,nounits" ] || exit 64
            echo "0, 1024, 81559, 87"
            echo "1, 3, 81559, [N/A]"
            """);
        using var readings = new Readings();
        using var watch = new GpuWatch(readings.Meters, Silo.Devices(0), new NvidiaSmi(tool.Path), TimeProvider.System);

        await watch.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["gpu.memory.usage gpu=0 1073741824", "gpu.memory.usage gpu=1 3145728"], readings.Of("gpu.memory.usage"));
        Assert.Equal(["gpu.memory.limit gpu=0 85520809984", "gpu.memory.limit gpu=1 85520809984"], readings.Of("gpu.memory.limit"));
        Assert.Equal(["gpu.utilization gpu=0 0.87"], readings.Of("gpu.utilization"));
    }

    [Fact]
    public async Task ADriverThatFails_GivesNoReading()
    {
        using var tool = new FakeTool("""
            echo "0, 1024, 81559, 87"
            exit 9
            """);

        Assert.Empty(await new NvidiaSmi(tool.Path).ReadAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A shell script where the driver's tool is looked for.</summary>
    private sealed class FakeTool : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public FakeTool(string script)
        {
            Path = _folder.In("nvidia-smi");

            // Another process writes it: a file that this one has open for writing, or has just forked with, cannot be run.
            using var writer = Process.Start(
                new ProcessStartInfo("sh", ["-c", "cat > \"$0\" && chmod u+x \"$0\"", Path]) { RedirectStandardInput = true })!;
            writer.StandardInput.Write($"#!/bin/sh\n{script}\n");
            writer.StandardInput.Close();
            writer.WaitForExit();
        }

        public string Path { get; }

        public void Dispose() => _folder.Dispose();
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
