using DistributedFreeze.Grains;
using DistributedFreeze.Grains.Stores;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>A silo's process from its start to its end, which never takes longer than there is a reason for.</summary>
internal sealed partial class SiloLife
{
    /// <summary>For taking back what a start that was cut short has begun.</summary>
    private static readonly TimeSpan TakingBack = TimeSpan.FromSeconds(5);

    private readonly WebApplication _silo;
    private readonly StoreWatch _store;
    private readonly LogHush _hush;
    private readonly CancellationToken _asked;
    private Task _start = Task.CompletedTask;

    /// <param name="silo">The silo, built and not started.</param>
    /// <param name="asked">Cancelled when the process is asked to end.</param>
    public SiloLife(WebApplication silo, CancellationToken asked)
    {
        _silo = silo;
        _store = silo.Services.GetRequiredService<StoreWatch>();
        _hush = silo.Services.GetRequiredService<LogHush>();
        _asked = asked;
    }

    /// <summary>Starts the silo, and ends it when asked to.</summary>
    /// <returns>One of <see cref="SiloExitCode"/>.</returns>
    /// <exception cref="Exception">It could not start.</exception>
    public async Task<int> RunAsync()
    {
        try
        {
            await StartAsync();
        }
        catch (Exception) when (_asked.IsCancellationRequested)
        {
            LogNotStarted(_silo.Logger);
            await TakeBackAsync();
            return SiloExitCode.Asked;
        }
        catch (StoreAwayException)
        {
            await TakeBackAsync();
            throw;
        }

        Systemd.Notify(Systemd.Ready);
        await WhenAskedAsync();
        Systemd.Notify(Systemd.Stopping);
        await StopAsync();
        return _asked.IsCancellationRequested ? SiloExitCode.Asked : SiloExitCode.Fatal;
    }

    /// <summary>The store first: each part of Orleans that lacks it says so at length, and some wait for minutes.</summary>
    private async Task StartAsync()
    {
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(_asked);
        await _store.WaitAsync(starting.Token);
        using var asked = _asked.Register(_hush.Begin); // the last that registers is the first to be called
        _start = _silo.StartAsync(starting.Token);
        var away = _store.WhenAwayAsync(starting.Token);
        await Task.WhenAny(_start, away);
        if (!_start.IsCompleted && !_asked.IsCancellationRequested)
        {
            _hush.Begin();
            await starting.CancelAsync();
            throw await away;
        }

        await starting.CancelAsync();
        try
        {
            await _start.WaitAsync(_asked);
        }
        catch (Exception) when (!_asked.IsCancellationRequested)
        {
            await _store.WaitAsync(_asked); // where the store went meanwhile, that is why
            throw;
        }
    }

    private async Task WhenAskedAsync()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var byHost = _silo.Lifetime.ApplicationStopping.Register(() => asked.TrySetResult());
        await using var bySignal = _asked.Register(() => asked.TrySetResult());
        await asked.Task;
        LogEnds(_silo.Logger);
    }

    private async Task StopAsync()
    {
        var stop = _silo.StopAsync(CancellationToken.None);
        var leave = LeaveWithoutStoreAsync();
        await Task.WhenAny(stop, leave);
        if (stop.IsCompleted)
        {
            await stop;
            await _silo.DisposeAsync();
        }
        else
        {
            LogNoStore(_silo.Logger, StoreName.Of(_silo.Services.GetRequiredService<SiloOptions>()), (await leave).Message);
        }
    }

    /// <summary>Completes once all that remains is to sign off in a store that is away: Orleans would try for two minutes.</summary>
    private async Task<StoreAwayException> LeaveWithoutStoreAsync()
    {
        await _silo.Services.GetRequiredService<SiloDeparture>().RunsLeft;
        var away = await _store.WhenAwayAsync(CancellationToken.None);
        _hush.Begin();
        return away;
    }

    /// <summary>Signs off where it has signed on. Parts of the host that are stopped while they start may crash: the one waits for the other.</summary>
    private async Task TakeBackAsync()
    {
        await _start.WaitAsync(TakingBack).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_start.IsCompleted)
        {
            await _silo.StopAsync(CancellationToken.None).WaitAsync(TakingBack).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Information, "The silo was asked to end while it started")]
    private static partial void LogNotStarted(ILogger logger);

    [LoggerMessage(LogLevel.Information, "The silo was asked to end; its runs go on elsewhere, or wait with a checkpoint")]
    private static partial void LogEnds(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "The silo ends without signing off, since {Store} does not answer ({Reason}); other silos find out within seconds")]
    private static partial void LogNoStore(ILogger logger, string store, string reason);
}
