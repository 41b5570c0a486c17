using System.Collections.Concurrent;
using DistributedFreeze.Grains.Devices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Before a silo leaves its cluster: gives its devices back, and leaves the runs that it drives to others.</summary>
/// <remarks>
/// Thread-safe. It acts before any service of the host stops, while replicas still answer: once grains are deactivated, a coordinator finds
/// its replicas gone.
/// </remarks>
internal sealed partial class RunShutdown(DeviceReporter reporter, SiloDevices devices, ILogger<RunShutdown> logger) : IHostedLifecycleService
{
    /// <summary>A run gives a device back after its current window, which takes about a second, or after scoring an epoch.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<Task, (string RunId, Action Leave)> _runs = new();
    private volatile bool _stopping;

    /// <summary>Takes note of a run; one that begins while the silo ends is left at once.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="drive">Completes when the run is left or has ended; never fails.</param>
    /// <param name="leave">Asks the driver to leave off after the current window; thread-safe.</param>
    public void Watch(string runId, Task drive, Action leave)
    {
        _runs[drive] = (runId, leave);
        drive.ContinueWith(
            ended => _runs.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (_stopping)
        {
            leave();
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        await reporter.LeaveAsync();
        var left = _runs.Values.Select(run => run.RunId).ToHashSet(StringComparer.Ordinal);
        await Task.WhenAll(_runs.ToList().Select(async run =>
        {
            run.Value.Leave();
            await run.Key.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }));

        // Other silos' runs give their devices here back; those that were left here keep theirs for the next coordinator to find.
        var free = devices.WhenFreeAsync(but: left);
        await free.WaitAsync(Patience, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!free.IsCompleted)
        {
            LogNotFree();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "The silo leaves while runs still use its devices; they repeat a step on others")]
    private partial void LogNotFree();
}
