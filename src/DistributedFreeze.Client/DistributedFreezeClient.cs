using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client;

/// <summary>Plans runs on a cluster, submits and watches them, and fetches what they leave.</summary>
/// <remarks>
/// Thread-safe. A call that the cluster doesn't answer ends with <see cref="ClusterUnavailableException"/>; submitting, watching,
/// waiting and downloading ask again first. Cancelling a call ends the waiting for it; the cluster may do what was asked all the same.
/// </remarks>
/// <example>
/// <code><![CDATA[
/// using System;
/// using DistributedFreeze.Client;
/// using DistributedFreeze.Runs;
///
/// var spec = new RunSpec { Data = new() { Path = "photos" }, Phases = [new() { Epochs = 15 }], Output = "photos-1" };
///
/// await using var cluster = await ClusterConnection.ConnectAsync(new() { Gateways = ["127.0.0.1:30000"] });
/// var runId = await cluster.Client.SubmitAsync(spec);
/// var ended = await cluster.Client.WaitAsync(runId);
/// Console.WriteLine(ended.Receipt?.TestAccuracy);
/// ]]></code>
/// </example>
public sealed class DistributedFreezeClient
{
    /// <summary>A coordinator answers a reader within three seconds, with events or without. A client is not told that one has died with its call.</summary>
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(6);

    /// <summary>Runs of a list that are asked together.</summary>
    private const int RunsAtATime = 100;

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly ClusterCalls _calls;

    /// <param name="grains">The way to the cluster's grains: an <see cref="IClusterClient"/>, or an embedded silo's factory.</param>
    /// <param name="time">The clock that watching waits by; null takes the system's.</param>
    public DistributedFreezeClient(IGrainFactory grains, TimeProvider? time = null)
    {
        _grains = grains;
        _time = time ?? TimeProvider.System;
        _calls = new(_time);
    }

    /// <summary>How long submitting, watching, waiting and downloading go on asking a cluster that doesn't answer, at least 0. Default: 2 minutes.</summary>
    public TimeSpan RetryTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Says what a run would be on this cluster: finds its data and lays out its phases, and starts nothing.</summary>
    /// <param name="spec">The run. Paths are the silo's; a relative one counts from the silo's first data or output root.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidInputException">
    /// The spec is invalid, a path leaves the silo's roots, or data, weights or output folder cannot be used.
    /// </exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task<PlannedRun> PlanAsync(RunSpec spec, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => _grains.GetGrain<IPlannerGrain>(0).PlanAsync(spec), cancellationToken);

    /// <summary>Submits a run.</summary>
    /// <param name="spec">What to run. Paths are the silo's; a relative one counts from the silo's first data or output root.</param>
    /// <param name="resume">True to go on from the checkpoint in the spec's output folder.</param>
    /// <param name="runId">
    /// An id of 1 to 64 letters, digits, dots, dashes and underscores: submitting the same spec again, after a lost answer say, starts
    /// nothing new. Null takes a new id.
    /// </param>
    /// <param name="priority">Runs with a higher one get devices first, -100 to 100.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="InvalidInputException">
    /// The spec, the id or the priority is invalid, the id is that of a run with another spec, or a path leaves the silo's roots; nothing
    /// was started.
    /// </exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public async Task<string> SubmitAsync(
        RunSpec spec, bool resume = false, string? runId = null, int priority = 0, CancellationToken cancellationToken = default)
    {
        RunSubmission.EnsureValidPriority(priority);
        runId ??= RunIds.New();
        RunIds.EnsureValid(runId);
        await _calls.InsistAsync(
            async () =>
            {
                await Run(runId).StartAsync(new(spec, resume, priority));
                return true;
            },
            RetryTimeout,
            cancellationToken);
        return runId;
    }

    /// <summary>What the epochs of a run came to that are done, in order.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task<ImmutableArray<EpochResult>> GetEpochsAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).ReadAllEpochsAsync(), cancellationToken);

    /// <summary>A run at a glance, without its epochs: see <see cref="GetEpochsAsync"/>.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task<RunStatus> GetAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).GetStatusAsync(), cancellationToken);

    /// <summary>A run at a glance, asked for again while the cluster does not answer: the run's coordinator may be moving to another silo.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="timeout">For how long to ask again, at least 0.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <paramref name="timeout"/>.</exception>
    public Task<RunStatus> GetAsync(string runId, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        _calls.InsistAsync(() => Run(runId).GetStatusAsync(), timeout, cancellationToken);

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
        var ids = await ClusterCalls.AskAsync(() => _grains.GetGrain<ICatalogueGrain>(0).ListAsync(skip, take), cancellationToken);
        var found = await Task.WhenAll(ids.Select(runId => FindAsync(runId, cancellationToken)));
        return [.. found.OfType<RunStatus>()];
    }

    /// <summary>Runs at a glance that a filter lets through, the latest first.</summary>
    /// <remarks>The cluster is asked for one run after the other until there are enough; <see cref="RunFilter.Since"/> ends that early.</remarks>
    /// <param name="filter">Which runs.</param>
    /// <param name="skip">How many of them to leave out, at least 0.</param>
    /// <param name="take">How many at most, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public async Task<ImmutableArray<RunStatus>> ListAsync(RunFilter filter, int skip = 0, int take = 50, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (filter.IsEmpty)
        {
            return await ListAsync(skip, take, cancellationToken);
        }

        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfLessThan(take, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(take, 1000);
        var ids = await ClusterCalls.AskAsync(() => _grains.GetGrain<ICatalogueGrain>(0).ListAsync(0, int.MaxValue), cancellationToken);
        var found = new List<RunStatus>();
        foreach (var some in ids.Chunk(RunsAtATime))
        {
            var runs = (await Task.WhenAll(some.Select(runId => FindAsync(runId, cancellationToken)))).OfType<RunStatus>().ToList();
            found.AddRange(runs.Where(filter.Includes));
            if (found.Count >= (long)skip + take || (runs is [.., var oldest] && filter.IsBefore(oldest)))
            {
                break;
            }
        }

        return [.. found.Skip(skip).Take(take)];
    }

    /// <summary>The cluster's devices and what they are doing.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task<ImmutableArray<DeviceStatus>> ListDevicesAsync(CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => _grains.GetGrain<ISchedulerGrain>(0).ListDevicesAsync(), cancellationToken);

    /// <summary>Ids of the runs that wait for devices, the next one first.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task<ImmutableArray<string>> ListQueueAsync(CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => _grains.GetGrain<ISchedulerGrain>(0).ListQueueAsync(), cancellationToken);

    /// <summary>A run's events, each once and in order, to the end of the run.</summary>
    /// <remarks>
    /// Events are stored with the run, so watching continues where it was after a broken connection or a lost silo. If a run ended and
    /// was resumed, its earlier end is one of the events; watching stops at an end only if that is the run's last event. While a run is
    /// paused, watching waits.
    /// </remarks>
    /// <param name="runId">The run.</param>
    /// <param name="after">Number of the last event already seen; 0 for none.</param>
    /// <param name="cancellationToken">Stops watching; the run goes on.</param>
    /// <exception cref="RunNotFoundException">There is no such run; also where the cluster kept its state in memory and came back without it.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="RetryTimeout"/>.</exception>
    public async IAsyncEnumerable<RunEvent> WatchAsync(
        string runId, long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var last = after;
        var events = await ReadEventsAsync(runId, last, cancellationToken);
        while (true)
        {
            foreach (var happened in events)
            {
                last = happened.Sequence;
                yield return happened;
            }

            var ended = events is [.., RunEvent.Ended];
            events = ended
                ? await ReadAfterEndAsync(runId, last, cancellationToken)
                : await ReadEventsAsync(runId, last, cancellationToken);
            if (ended && events.IsEmpty)
            {
                yield break;
            }
        }
    }

    /// <summary>Waits until a run has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting; the run goes on.</param>
    /// <returns>The run as it ended.</returns>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="RetryTimeout"/>.</exception>
    public async Task<RunStatus> WaitAsync(string runId, CancellationToken cancellationToken = default)
    {
        await foreach (var _ in WatchAsync(runId, cancellationToken: cancellationToken))
        {
        }

        return await GetAsync(runId, RetryTimeout, cancellationToken);
    }

    /// <summary>Asks a run to end after its current step and to leave a checkpoint. Returns at once; does nothing to a run that has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task InterruptAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).InterruptAsync(), cancellationToken);

    /// <summary>
    /// Asks a run to halt after its current step: it leaves a checkpoint, gives its devices back and waits to be resumed. Returns at once;
    /// does nothing to a run that is paused.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has ended.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task PauseAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).PauseAsync(), cancellationToken);

    /// <summary>
    /// Queues a run again that is paused, was interrupted or has failed; it goes on from its newest checkpoint. Does nothing to a run that
    /// is going on.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has succeeded or was cancelled.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task ResumeAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).ResumeAsync(), cancellationToken);

    /// <summary>Gives a run up after its current step, without a checkpoint. Returns at once; does nothing to a run that has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task CancelAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).CancelAsync(), cancellationToken);

    /// <summary>Forgets a run that has ended, and its events; its output folder stays.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has not ended.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public Task DeleteAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).DeleteAsync(), cancellationToken);

    /// <summary>The files that a run has left in its output folder.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The cluster offers a file whose name contains a path.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    public async Task<ImmutableArray<Artefact>> ListArtefactsAsync(string runId, CancellationToken cancellationToken = default) =>
        ArtefactNames.Require(await ClusterCalls.AskAsync(() => Run(runId).ListArtefactsAsync(), cancellationToken));

    /// <summary>Fetches an artefact. It goes on where it was when a connection breaks.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="name">Name of the artefact, such as <c>model.safetensors</c>.</param>
    /// <param name="target">Receives the bytes; after an exception it holds some of them.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    /// <returns>What was fetched.</returns>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has left no such artefact.</exception>
    /// <exception cref="ArtefactDamagedException">What arrived is not what the cluster has.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="RetryTimeout"/>.</exception>
    public async Task<Artefact> DownloadAsync(string runId, string name, Stream target, CancellationToken cancellationToken = default)
    {
        var artefact = await FindArtefactAsync(runId, name, cancellationToken);
        await Download(runId, artefact, cancellationToken).ToAsync(target, cancellationToken);
        return artefact;
    }

    /// <summary>Fetches an artefact into a file. It goes on where it was when a connection breaks.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="name">Name of the artefact, such as <c>model.safetensors</c>.</param>
    /// <param name="path">The file; replaced whole once everything is there and right, and not touched before.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    /// <returns>What was fetched.</returns>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has left no such artefact.</exception>
    /// <exception cref="ArtefactDamagedException">What arrived is not what the cluster has.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="RetryTimeout"/>.</exception>
    public async Task<Artefact> DownloadAsync(string runId, string name, string path, CancellationToken cancellationToken = default)
    {
        var artefact = await FindArtefactAsync(runId, name, cancellationToken);
        await Download(runId, artefact, cancellationToken).ToAsync(path, cancellationToken);
        return artefact;
    }

    private IRunGrain Run(string runId) => _grains.GetGrain<IRunGrain>(runId);

    private ArtefactDownload Download(string runId, Artefact artefact, CancellationToken cancellationToken) => new(
        artefact,
        (offset, count) => _calls.InsistAsync(() => Run(runId).ReadArtefactAsync(artefact.Name, offset, count), RetryTimeout, cancellationToken));

    private async Task<Artefact> FindArtefactAsync(string runId, string name, CancellationToken cancellationToken)
    {
        var artefacts = ArtefactNames.Require(await _calls.InsistAsync(() => Run(runId).ListArtefactsAsync(), RetryTimeout, cancellationToken));
        return artefacts.FirstOrDefault(artefact => artefact.Name == name) ?? throw new InvalidInputException(
            "artefact",
            artefacts.IsEmpty
                ? $"there is no {name}: {runId} has left no file yet"
                : $"there is no {name}; {runId} has left {string.Join(", ", artefacts.Select(artefact => artefact.Name))}");
    }

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

    private Task<ImmutableArray<RunEvent>> ReadEventsAsync(string runId, long after, CancellationToken cancellationToken) =>
        _calls.InsistAsync(() => Run(runId).ReadEventsAsync(after).WaitAsync(LongestRead, _time), RetryTimeout, cancellationToken);

    /// <summary>What followed an end; empty where nothing did. A cluster that is gone, or has forgotten the run, has nothing more to tell.</summary>
    private async Task<ImmutableArray<RunEvent>> ReadAfterEndAsync(string runId, long end, CancellationToken cancellationToken)
    {
        try
        {
            var told = await ClusterCalls.AskAsync(() => Run(runId).ReadEventsAsync(end), cancellationToken);
            return [.. told.Where(happened => happened.Sequence > end)];
        }
        catch (Exception reason) when (reason is ClusterUnavailableException or RunNotFoundException)
        {
            return [];
        }
    }
}
