using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client;

/// <summary>Submits runs to a cluster and watches them.</summary>
/// <remarks>
/// Thread-safe. A call that the cluster doesn't answer ends with <see cref="ClusterUnavailableException"/>, watching alone asks again.
/// Cancelling a call ends the waiting for it; the cluster may do what was asked all the same.
/// </remarks>
public sealed class DistributedFreezeClient
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;

    /// <param name="grains">The way to the cluster's grains: an <see cref="IClusterClient"/>, or an embedded silo's factory.</param>
    /// <param name="time">The clock that watching waits by; null takes the system's.</param>
    public DistributedFreezeClient(IGrainFactory grains, TimeProvider? time = null)
    {
        _grains = grains;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>How long watching and waiting go on asking a cluster that doesn't answer, at least 0. Default: 2 minutes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Submits a run.</summary>
    /// <param name="spec">What to run. Paths are the silo's; a relative one counts from the silo's first data or output root.</param>
    /// <param name="resume">True to go on from the checkpoint in the spec's output folder.</param>
    /// <param name="runId">
    /// An id of 1 to 64 letters, digits, dots, dashes and underscores: submitting it again, after a lost answer say, starts nothing new,
    /// whatever the spec. Null takes a new id.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="InvalidInputException">The spec or the id is invalid, or a path leaves the silo's roots; nothing was started.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public async Task<string> SubmitAsync(
        RunSpec spec, bool resume = false, string? runId = null, CancellationToken cancellationToken = default)
    {
        runId ??= RunIds.New();
        RunIds.EnsureValid(runId);
        await AskAsync(async () =>
        {
            await _grains.GetGrain<IRunGrain>(runId).StartAsync(new(spec, resume));
            return true;
        }, cancellationToken);
        return runId;
    }

    /// <summary>A run at a glance.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task<RunStatus> GetAsync(string runId, CancellationToken cancellationToken = default) =>
        AskAsync(() => _grains.GetGrain<IRunGrain>(runId).GetStatusAsync(), cancellationToken);

    /// <summary>Runs at a glance, the latest first.</summary>
    /// <param name="skip">How many to leave out, at least 0.</param>
    /// <param name="take">How many at most, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public async Task<ImmutableArray<RunStatus>> ListAsync(int skip = 0, int take = 50, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfLessThan(take, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(take, 1000);
        var ids = await AskAsync(() => _grains.GetGrain<ICatalogueGrain>(0).ListAsync(skip, take), cancellationToken);
        var found = await Task.WhenAll(ids.Select(runId => FindAsync(runId, cancellationToken)));
        return [.. found.OfType<RunStatus>()];
    }

    /// <summary>A run's events, each once and in order, until the run has ended.</summary>
    /// <remarks>
    /// It goes on where it was when a connection breaks or a gateway comes back. Events live as long as the run's activation: of a run that
    /// ended a while ago, and of one whose silo was lost, only what is left is told, and always the end.
    /// </remarks>
    /// <param name="runId">The run.</param>
    /// <param name="after">Number of the last event already seen; 0 for none.</param>
    /// <param name="cancellationToken">Stops watching; the run goes on.</param>
    /// <exception cref="RunNotFoundException">There is no such run; also where the cluster kept its state in memory and came back without it.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="Patience"/>.</exception>
    public async IAsyncEnumerable<RunEvent> WatchAsync(
        string runId, long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var run = _grains.GetGrain<IRunGrain>(runId);
        for (var last = after; ;)
        {
            foreach (var happened in await ReadEventsAsync(run, last, cancellationToken))
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

    /// <summary>Waits until a run has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting; the run goes on.</param>
    /// <returns>The run as it ended.</returns>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="Patience"/>.</exception>
    public async Task<RunStatus> WaitAsync(string runId, CancellationToken cancellationToken = default)
    {
        await foreach (var _ in WatchAsync(runId, cancellationToken: cancellationToken))
        {
        }

        return await GetAsync(runId, cancellationToken);
    }

    /// <summary>Asks a run to end after its current step and to leave a checkpoint. Returns at once; does nothing to a run that has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task InterruptAsync(string runId, CancellationToken cancellationToken = default) => AskAsync(async () =>
    {
        await _grains.GetGrain<IRunGrain>(runId).InterruptAsync();
        return true;
    }, cancellationToken);

    private async Task<RunStatus?> FindAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(runId, cancellationToken);
        }
        catch (RunNotFoundException)
        {
            return null; // listed a moment before it is stored
        }
    }

    private async Task<ImmutableArray<RunEvent>> ReadEventsAsync(IRunGrain run, long after, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await AskAsync(() => run.ReadEventsAsync(after), cancellationToken);
            }
            catch (ClusterUnavailableException) when (_time.GetElapsedTime(began) + pause < Patience)
            {
                await Task.Delay(pause, _time, cancellationToken);
            }
        }
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask().WaitAsync(cancellationToken);
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException or IOException or SocketException)
        {
            throw new ClusterUnavailableException("The cluster does not answer.", reason);
        }
    }
}
