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
        await TryAsync(async () =>
        {
            var unfinished = await grains.GetGrain<ICatalogueGrain>(0).ListUnfinishedAsync();

            // At once: one whose state cannot be read, or that a dying silo still holds, keeps no other one waiting.
            await Task.WhenAll(unfinished.Select(runId => TryAsync(() => grains.GetGrain<IRunGrain>(runId).KeepGoingAsync())));
        });
    }

    private async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception reason) // whatever it is, a store's own included: nobody waits for this
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
