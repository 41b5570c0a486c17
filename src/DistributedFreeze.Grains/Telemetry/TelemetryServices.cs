using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Telemetry.Gpus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>Registers what a silo measures.</summary>
internal static class TelemetryServices
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services) => services
        .AddMetrics()
        .AddSingleton<MetricsScrapes>()
        .AddSingleton<RunMetrics>()
        .AddSingleton<RunTraces>()
        .AddSingleton<RunTelemetry>()
        .AddSingleton<ReplicaMetrics>()
        .AddSingleton<DeviceMetrics>()
        .AddSingleton<QueueMetrics>()
        .AddSingleton<StoreMetrics>()
        .AddSingleton<FeatureCacheMetrics>()
        .AddSingleton<IGpuProbe>(new NvidiaSmi())
        .AddHostedService<GpuWatch>()
        .AddHostedService<FromTheStart>();

    /// <summary>Makes every instrument when the silo starts: what has not happened yet is 0 and not absent.</summary>
    private sealed class FromTheStart : IHostedService
    {
        public FromTheStart(RunTelemetry runs, ReplicaMetrics replicas, DeviceMetrics devices, QueueMetrics queue, StoreMetrics store, FeatureCacheMetrics cache) =>
            _ = (runs, replicas, devices, queue, store, cache);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
