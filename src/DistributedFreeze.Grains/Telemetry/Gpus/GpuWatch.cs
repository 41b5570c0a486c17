using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Telemetry;
using Microsoft.Extensions.Hosting;

namespace DistributedFreeze.Grains.Telemetry.Gpus;

/// <summary>Reads this host's GPUs again and again, where the silo lends any; elsewhere there are no such metrics.</summary>
internal sealed class GpuWatch : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly SiloDevices _devices;
    private readonly IGpuProbe _probe;
    private readonly TimeProvider _time;
    private ImmutableArray<GpuReading> _readings = [];

    public GpuWatch(IMeterFactory meters, SiloDevices devices, IGpuProbe probe, TimeProvider time)
    {
        (_devices, _probe, _time) = (devices, probe, time);
        var meter = meters.Create(Measures.Meter);
        Measures.GpuMemory.Observe(meter, () => _readings.Select(reading => new Measurement<long>(reading.UsedBytes, Gpu(reading))));
        Measures.GpuMemoryLimit.Observe(meter, () => _readings.Select(reading => new Measurement<long>(reading.TotalBytes, Gpu(reading))));
        Measures.GpuUtilization.Observe(meter, () => _readings.Where(reading => reading.Utilization is not null)
            .Select(reading => new Measurement<double>(reading.Utilization!.Value, Gpu(reading))));
    }

    /// <summary>Reads once.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken) => _readings = await _probe.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_devices.Report(leaving: false).Devices.Any(status => DeviceId.Name(status.Device.Id).StartsWith("cuda", StringComparison.Ordinal)))
        {
            return;
        }

        try
        {
            using var timer = new PeriodicTimer(Interval, _time);
            do
            {
                await ReadAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo ends.
        }
    }

    private static KeyValuePair<string, object?> Gpu(GpuReading reading) => new("gpu", reading.Index);
}
