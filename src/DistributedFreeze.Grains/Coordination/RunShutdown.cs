using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Before a silo leaves its cluster: interrupts the runs that it drives and waits for their checkpoints.</summary>
/// <remarks>
/// Thread-safe. It acts before any service of the host stops, while replicas still answer: once grains are deactivated, a coordinator finds
/// its replicas gone.
/// </remarks>
internal sealed class RunShutdown : IHostedLifecycleService
{
    private readonly ConcurrentDictionary<Task, Func<Task>> _runs = new();
    private volatile bool _stopping;

    /// <summary>Takes note of a run; one that begins while the silo ends is interrupted at once.</summary>
    /// <param name="drive">Completes when the run has ended and its end is stored; never fails.</param>
    /// <param name="interrupt">Asks the run to end after its current step; thread-safe.</param>
    public void Watch(Task drive, Func<Task> interrupt)
    {
        _runs[drive] = interrupt;
        drive.ContinueWith(
            ended => _runs.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (_stopping)
        {
            _ = interrupt();
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
