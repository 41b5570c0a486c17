using System.Collections.Concurrent;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Stores;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Before a silo leaves its cluster: gives its devices back, and leaves the runs that it drives to others.</summary>
/// <remarks>
/// Thread-safe. It acts before any service of the host stops, while replicas still answer: once grains are deactivated, a coordinator finds
/// its replicas gone. Where the store is away nobody can take the runs over, and only their checkpoints are waited for.
/// </remarks>
internal sealed partial class RunShutdown(
    DeviceReporter reporter, SiloDevices devices, StoreWatch store, SiloDeparture departure, TimeProvider time, ILogger<RunShutdown> logger)
    : IHostedLifecycleService
{
    /// <summary>A run gives a device back after its current window, which takes about a second, or after scoring an epoch.</summary>
    private static readonly TimeSpan DepartureTimeout = TimeSpan.FromSeconds(20);

    /// <summary>A window and a checkpoint, for a run whose other silos may be gone as well.</summary>
    private static readonly TimeSpan TimeoutWithoutStore = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Task, (string RunId, Action Leave)> _runs = new();

    /// <summary>Takes note of a run; one that begins while the silo ends is left at once.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="drive">Completes when the run is left or has ended; never fails.</param>
    /// <param name="leave">Asks the driver to leave off after the current window; thread-safe.</param>
    public void Watch(string runId, Task drive, Action leave)
    {
        _runs[drive] = (runId, leave);
        drive.ContinueWith(
            ended => _runs.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (departure.Begun.IsCancellationRequested)
        {
            leave();
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        departure.Begin();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var away = store.WhenAwayAsync(done.Token);
        try
        {
            await LeaveAsync(away, cancellationToken);
        }
        finally
        {
            await done.CancelAsync();
            await ((Task)away).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            departure.HasLeftRuns();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task LeaveAsync(Task away, CancellationToken cancellationToken)
    {
        await Task.WhenAny(reporter.LeaveAsync(), away);
        var left = _runs.Values.Select(run => run.RunId).ToHashSet(StringComparer.Ordinal);
        foreach (var run in _runs.Values)
        {
            run.Leave();
        }

        var drives = Task.WhenAll(_runs.Keys).WaitAsync(cancellationToken);
        await Task.WhenAny(drives, AfterAsync(away, TimeoutWithoutStore, cancellationToken));

        // Other silos' runs give their devices here back; those that were left here keep theirs for the next coordinator to find.
        var free = devices.WhenFreeAsync(but: left);
        await Task.WhenAny(free.WaitAsync(DepartureTimeout, time, cancellationToken), away);
        if (!free.IsCompleted && !away.IsCompleted)
        {
            LogNotFree();
        }
    }

    private async Task AfterAsync(Task first, TimeSpan more, CancellationToken cancellationToken)
    {
        await first;
        await Task.Delay(more, time, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "The silo leaves while runs still use its devices; they repeat a step on others")]
    private partial void LogNotFree();
}
