using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Reports this silo's devices as long as it is up, and that it is about to leave.</summary>
internal sealed partial class DeviceReporter(SiloDevices devices, IGrainFactory grains, TimeProvider time, ILogger<DeviceReporter> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private volatile bool _leaving;

    /// <summary>Whether the silo is about to leave.</summary>
    public bool IsLeaving => _leaving;

    /// <summary>Reports at once, so that what has changed is known; the next report makes up for one that fails.</summary>
    public async Task TryReportAsync()
    {
        try
        {
            await grains.GetGrain<ISchedulerGrain>(0).ReportAsync(devices.Report(_leaving));
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            LogNotReported(reason);
        }
    }

    /// <summary>Says from now on that the silo is about to leave.</summary>
    public Task LeaveAsync()
    {
        _leaving = true;
        return TryReportAsync();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        LogDevices(devices.Count, devices.Silo);
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            await TryReportAsync();
        }
        while (await NextAsync(timer, stoppingToken));
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} devices are lent to runs by silo {Silo}")]
    private partial void LogDevices(int count, string silo);

    [LoggerMessage(LogLevel.Debug, "The devices could not be reported")]
    private partial void LogNotReported(Exception reason);
}
