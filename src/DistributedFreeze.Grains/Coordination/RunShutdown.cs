using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Before a silo leaves its cluster: lets the runs that it drives be left for others, and waits for their checkpoints.</summary>
/// <remarks>
/// Thread-safe. It acts before any service of the host stops, while replicas still answer: once grains are deactivated, a coordinator finds
/// its replicas gone.
/// </remarks>
internal sealed class RunShutdown : IHostedLifecycleService
{
    private readonly ConcurrentDictionary<Task, Func<Task>> _runs = new();
    private volatile bool _stopping;

    /// <summary>Takes note of a run; one that begins while the silo ends is left at once.</summary>
    /// <param name="drive">Completes when the run is left or has ended; never fails.</param>
    /// <param name="leave">Asks the driver to leave off after the current window; thread-safe.</param>
    public void Watch(Task drive, Func<Task> leave)
    {
        _runs[drive] = leave;
        drive.ContinueWith(
            ended => _runs.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (_stopping)
        {
            _ = leave();
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        await Task.WhenAll(_runs.Select(async run =>
        {
            await run.Value().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await run.Key.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }));
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
