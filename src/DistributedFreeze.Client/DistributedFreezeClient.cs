using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using DistributedFreeze.Advice;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Client;

/// <summary>Plans runs on a cluster, submits and watches them, and fetches what they leave.</summary>
/// <remarks>
/// Thread-safe. A call that the cluster doesn't answer ends with <see cref="ClusterUnavailableException"/>; submitting, watching,
/// waiting, advising, sweeping and downloading ask again first. Cancelling a call ends the waiting for it; the cluster may do what was asked all the same.
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
public sealed class DistributedFreezeClient : IDistributedFreezeClient
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

    /// <summary>How long submitting, watching, waiting, advising, sweeping and downloading go on asking a cluster that doesn't answer, at least 0. Default: 2 minutes.</summary>
    public TimeSpan RetryTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public Task<PlannedRun> PlanAsync(RunSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return ClusterCalls.AskAsync(() => _grains.GetGrain<IPlannerGrain>(0).PlanAsync(spec), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<AdviceResult> AdviseAsync(AdviceRequest request, IProgress<AdviceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new AskedAdvice(_grains, _time, request, progress, RetryTimeout).AnswerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SweepResult> SweepAsync(SweepRequest request, IProgress<SweepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new AskedSweep(_grains, _time, request, progress, RetryTimeout).AnswerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string> SubmitAsync(
        RunSpec spec, bool resume = false, string? runId = null, int priority = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
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

    /// <inheritdoc/>
    public Task<ImmutableArray<EpochResult>> GetEpochsAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).ReadAllEpochsAsync(), cancellationToken);

    /// <inheritdoc/>
    public Task<RunStatus> GetAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).GetStatusAsync(), cancellationToken);

    /// <inheritdoc/>
    public Task<RunStatus> GetAsync(string runId, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        _calls.InsistAsync(() => Run(runId).GetStatusAsync(), timeout, cancellationToken);

    /// <inheritdoc/>
    public async Task<ImmutableArray<RunStatus>> ListAsync(int skip = 0, int take = 50, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfLessThan(take, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(take, 1000);
        var ids = await ClusterCalls.AskAsync(() => _grains.GetGrain<ICatalogueGrain>(0).ListAsync(skip, take), cancellationToken);
        var found = await Task.WhenAll(ids.Select(runId => FindAsync(runId, cancellationToken)));
        return [.. found.OfType<RunStatus>()];
    }

    /// <inheritdoc/>
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
        var listed = await ListedAsync(filter, cancellationToken);
        if (filter.States.IsDefaultOrEmpty && listed.All(run => run.Traits is not null))
        {
            (listed, skip) = ([.. listed.Skip(skip).Take(take)], 0); // the catalogue has decided, and only those that are shown are asked
        }

        var found = new List<RunStatus>();
        foreach (var some in listed.Chunk(RunsAtATime))
        {
            var runs = (await Task.WhenAll(some.Select(run => FindAsync(run.RunId, cancellationToken)))).OfType<RunStatus>().ToList();
            found.AddRange(runs.Where(filter.Includes));
            if (found.Count >= (long)skip + take || (runs is [.., var oldest] && filter.IsBefore(oldest)))
            {
                break;
            }
        }

        return [.. found.Skip(skip).Take(take)];
    }

    /// <summary>Those that the catalogue's own knowledge of them lets through.</summary>
    private async Task<ImmutableArray<ListedRun>> ListedAsync(RunFilter filter, CancellationToken cancellationToken)
    {
        var catalogue = _grains.GetGrain<ICatalogueGrain>(0);
        try
        {
            return await ClusterCalls.AskAsync(() => catalogue.FindAsync(filter), cancellationToken);
        }
        catch (ClusterUnavailableException)
        {
            // Silos of an earlier version cannot find: all runs are asked.
            return [.. (await ClusterCalls.AskAsync(() => catalogue.ListAsync(0, int.MaxValue), cancellationToken)).Select(id => new ListedRun(id, Traits: null))];
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<DeviceStatus>> ListDevicesAsync(CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => _grains.GetGrain<ISchedulerGrain>(0).ListDevicesAsync(), cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<string>> ListQueueAsync(CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => _grains.GetGrain<ISchedulerGrain>(0).ListQueueAsync(), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> WatchAsync(
        string runId, long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var last = after;
        var events = await ReadEventsAsync(runId, last, cancellationToken);
        while (true)
        {
            foreach (var happened in events)
            {
                cancellationToken.ThrowIfCancellationRequested(); // what was read before it was cancelled is told no more
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

    /// <inheritdoc/>
    public async Task<RunStatus> WaitAsync(string runId, CancellationToken cancellationToken = default)
    {
        await foreach (var _ in WatchAsync(runId, cancellationToken: cancellationToken))
        {
        }

        return await GetAsync(runId, RetryTimeout, cancellationToken);
    }

    /// <inheritdoc/>
    public Task InterruptAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).InterruptAsync(), cancellationToken);

    /// <inheritdoc/>
    public Task PauseAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).PauseAsync(), cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).ResumeAsync(), cancellationToken);

    /// <inheritdoc/>
    public Task CancelAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).CancelAsync(), cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(string runId, CancellationToken cancellationToken = default) =>
        ClusterCalls.AskAsync(() => Run(runId).DeleteAsync(), cancellationToken);

    /// <inheritdoc/>
    public async Task<ImmutableArray<Artefact>> ListArtefactsAsync(string runId, CancellationToken cancellationToken = default) =>
        ArtefactNames.Require(await ClusterCalls.AskAsync(() => Run(runId).ListArtefactsAsync(), cancellationToken));

    /// <inheritdoc/>
    public async Task<Artefact> DownloadAsync(string runId, string name, Stream target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(target);
        var artefact = await FindArtefactAsync(runId, name, cancellationToken);
        await Download(runId, artefact, cancellationToken).ToAsync(target, cancellationToken);
        return artefact;
    }

    /// <inheritdoc/>
    public async Task<Artefact> DownloadAsync(string runId, string name, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var artefact = await FindArtefactAsync(runId, name, cancellationToken);
        await Download(runId, artefact, cancellationToken).ToAsync(path, cancellationToken);
        return artefact;
    }

    private IRunGrain Run(string runId)
    {
        ArgumentNullException.ThrowIfNull(runId);
        return _grains.GetGrain<IRunGrain>(runId);
    }

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
