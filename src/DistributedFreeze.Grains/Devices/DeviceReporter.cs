using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Reports this silo's devices as long as it is up, at once when a silo has died, and that it is about to leave.</summary>
/// <remarks>The scheduler may have been on the silo that died; whoever comes after it grants nothing before it has heard from every silo.</remarks>
internal sealed partial class DeviceReporter(
    SiloDevices devices, IGrainFactory grains, ISiloStatusOracle membership, TimeProvider time, ILogger<DeviceReporter> logger)
    : BackgroundService, ISiloStatusListener
{
    private const int MostTries = 10;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    private volatile bool _leaving;

    /// <summary>Whether the silo is about to leave.</summary>
    public bool IsLeaving => _leaving;

    /// <summary>Reports at once, so that what has changed is known; the next report makes up for one that fails.</summary>
    /// <returns>Whether it was heard.</returns>
    public async Task<bool> TryReportAsync()
    {
        try
        {
            await grains.GetGrain<ISchedulerGrain>(0).ReportAsync(devices.Report(_leaving));
            return true;
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            LogNotReported(reason);
            return false;
        }
    }

    /// <inheritdoc/>
    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status == SiloStatus.Dead)
        {
            _ = InsistAsync();
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
        membership.SubscribeToSiloStatusEvents(this);
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            await TryReportAsync();
        }
        while (await NextAsync(timer, stoppingToken));

        membership.UnSubscribeFromSiloStatusEvents(this);
    }

    /// <summary>A first report may still go to the silo that has died.</summary>
    private async Task InsistAsync()
    {
        for (var tries = 1; !await TryReportAsync() && tries < MostTries; tries++)
        {
            await Task.Delay(BetweenTries, time);
        }
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
