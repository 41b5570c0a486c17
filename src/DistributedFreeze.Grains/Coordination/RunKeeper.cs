using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Sees to it that every unfinished run is driven: once this silo is up, and whenever another one has left.</summary>
/// <remarks>The catalogue's reminder does so, too, but only once a minute.</remarks>
internal sealed partial class RunKeeper(ISiloStatusOracle membership, IGrainFactory grains, ILogger<RunKeeper> logger)
    : IHostedService, ISiloStatusListener
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        membership.SubscribeToSiloStatusEvents(this);
        _ = KeepGoingAsync();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        membership.UnSubscribeFromSiloStatusEvents(this);
        return Task.CompletedTask;
    }

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status == SiloStatus.Dead)
        {
            _ = KeepGoingAsync();
        }
    }

    private async Task KeepGoingAsync()
    {
        try
        {
            foreach (var runId in await grains.GetGrain<ICatalogueGrain>(0).ListUnfinishedAsync())
            {
                await grains.GetGrain<IRunGrain>(runId).KeepGoingAsync();
            }
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            LogLater();
            LogCause(reason);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Unfinished runs could not be looked after now; the catalogue's reminder does so within a minute")]
    private partial void LogLater();

    [LoggerMessage(LogLevel.Debug, "Why they could not")]
    private partial void LogCause(Exception reason);
}
