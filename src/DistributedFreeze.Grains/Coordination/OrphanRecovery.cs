using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Sees to it that every unfinished run is driven: once this silo is up, whenever another one has left, and when a coordinator has given up.</summary>
/// <remarks>Thread-safe. It looks again until all is well; the catalogue's reminder does so, too, but only once a minute.</remarks>
internal sealed partial class OrphanRecovery(ISiloStatusOracle membership, IGrainFactory grains, TimeProvider time, ILogger<OrphanRecovery> logger)
    : IHostedService, ISiloStatusListener, IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _ended = new();
    private int _insists; // 1 while somebody looks again and again

    public Task StartAsync(CancellationToken cancellationToken)
    {
        membership.SubscribeToSiloStatusEvents(this);
        _ = LookAsync(TimeSpan.Zero);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        membership.UnSubscribeFromSiloStatusEvents(this);
        return _ended.CancelAsync();
    }

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status == SiloStatus.Dead)
        {
            _ = LookAsync(TimeSpan.Zero);
        }
    }

    /// <summary>A coordinator has given up, or could not say that a run has ended: looks after all runs in a moment.</summary>
    public void LookAgain() => _ = LookAsync(FirstPause);

    public void Dispose() => _ended.Dispose();

    /// <summary>Each look for itself: a call that waits for a silo that has just died holds up no other one.</summary>
    private async Task LookAsync(TimeSpan first)
    {
        await PauseAsync(first);
        if (_ended.IsCancellationRequested || await KeepGoingAsync() || Interlocked.Exchange(ref _insists, 1) == 1)
        {
            return;
        }

        LogLater();
        for (var pause = FirstPause; !_ended.IsCancellationRequested; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await PauseAsync(pause);
            if (await KeepGoingAsync())
            {
                break;
            }
        }

        Interlocked.Exchange(ref _insists, 0);
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <returns>Whether every unfinished run has answered.</returns>
    private async Task<bool> KeepGoingAsync()
    {
        var isWell = true;
        return await TryAsync(async () =>
        {
            var unfinished = await grains.GetGrain<ICatalogueGrain>(0).ListUnfinishedAsync();

            // At once: one whose state cannot be read, or that a dying silo still holds, keeps no other one waiting.
            var answers = await Task.WhenAll(unfinished.Select(runId => TryAsync(() => grains.GetGrain<IRunGrain>(runId).KeepGoingAsync())));
            isWell = answers.All(answered => answered);
        }) && isWell;
    }

    private async Task<bool> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception reason) // whatever it is, a store's own included: nobody waits for this
        {
            LogCause(reason);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Unfinished runs could not all be looked after now; this is tried again until they can")]
    private partial void LogLater();

    [LoggerMessage(LogLevel.Debug, "Why they could not")]
    private partial void LogCause(Exception reason);
}
