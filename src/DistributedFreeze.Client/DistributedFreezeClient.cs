using System.Runtime.CompilerServices;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client;

/// <summary>Submits runs to a cluster and watches them.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="grains">The way to the cluster's grains: an <see cref="Orleans.IClusterClient"/>, or an embedded silo's factory.</param>
public sealed class DistributedFreezeClient(IGrainFactory grains)
{
    /// <summary>Submits a run.</summary>
    /// <param name="spec">What to run. Paths are the silo's.</param>
    /// <param name="resume">True to go on from the checkpoint in the spec's output folder.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="Errors.InvalidInputException">The spec is invalid; nothing was started.</exception>
    public async Task<string> SubmitAsync(RunSpec spec, bool resume = false)
    {
        var runId = Guid.CreateVersion7().ToString("N");
        await grains.GetGrain<IRunGrain>(runId).StartAsync(new(spec, resume));
        return runId;
    }

    /// <summary>A run at a glance.</summary>
    /// <exception cref="KeyNotFoundException">There is no such run.</exception>
    public Task<RunStatus> GetAsync(string runId) => grains.GetGrain<IRunGrain>(runId).GetStatusAsync();

    /// <summary>A run's events from the beginning, each once and in order, until the run has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Stops watching; the run goes on.</param>
    public async IAsyncEnumerable<RunEvent> WatchAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var run = grains.GetGrain<IRunGrain>(runId);
        for (var last = 0L; ;)
        {
            foreach (var happened in await run.ReadEventsAsync(last).WaitAsync(cancellationToken))
            {
                last = happened.Sequence;
                yield return happened;
                if (happened is RunEvent.Ended)
                {
                    yield break;
                }
            }
        }
    }

    /// <summary>Asks a run to end after its current step and to leave a checkpoint. Returns at once.</summary>
    public Task InterruptAsync(string runId) => grains.GetGrain<IRunGrain>(runId).InterruptAsync();
}
