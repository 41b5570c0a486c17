using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Grains.Replicas;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using DistributedFreeze.Training.Runs;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>The coordinator of one run: stores its state, keeps its events, and lets a <see cref="RunDriver"/> decide.</summary>
internal sealed partial class RunGrain(
    [PersistentState("run", RunGrain.Storage)] IPersistentState<RunRecord> store,
    RunWorkspaces workspaces,
    TimeProvider time,
    RunMetrics metrics,
    PathRoots roots,
    RunShutdown shutdown,
    ILogger<RunGrain> logger) : Grain, IRunGrain, IDisposable
{
    /// <summary>Name of the grain storage.</summary>
    public const string Storage = "runs";

    /// <summary>How long a reader waits for an event before it has to ask again; well under Orleans's 30 s for a call.</summary>
    private static readonly TimeSpan ReaderPatience = TimeSpan.FromSeconds(10);

    private readonly RunEventLog _events = new(time);

    /// <summary>Ends the loading that comes before there is a driver.</summary>
    private readonly CancellationTokenSource _loading = new();

    private volatile RunDriver? _driver;
    private Task _drive = Task.CompletedTask;
    private volatile bool _interrupted;
    private bool _training;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (store.State is { Submission: { } submission } unfinished && !unfinished.State.IsFinal())
        {
            // A run lives as long as its activation: the silo that drove this one is gone, and the run with it.
            LogLost(RunId);
            await SaveAsync(unfinished with
            {
                State = RunState.Interrupted,
                Reason = $"The silo that ran it was lost; {submission.Spec.Output} holds its newest checkpoint, if it had written one.",
            });
        }

        if (store.State is { State: var state } record && state.IsFinal())
        {
            // Its events went with the last activation, but nobody may wait for an end that has been.
            _events.Restore(new RunEvent.Ended(state, record.Reason, record.Problems), record.LastEvent);
        }
    }

    public async Task StartAsync(RunSubmission submission)
    {
        if (store.State.Submission is not null)
        {
            return;
        }

        RunIds.EnsureValid(RunId);
        RunSpecValidator.EnsureValid(submission.Spec);
        submission = submission with { Spec = roots.Resolve(submission.Spec) };

        // The catalogue first: a listed id without a run is passed over, but a stored run that nobody drives would never end.
        await GrainFactory.GetGrain<ICatalogueGrain>(0).AddAsync(RunId);
        await SaveAsync(new() { Submission = submission, State = RunState.Preparing, SubmittedAt = time.GetUtcNow() });
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        _drive = DriveAsync(submission);
        shutdown.Watch(_drive, RequestStopAsync);
    }

    public Task<RunStatus> GetStatusAsync() => store.State.Submission is null
        ? throw new RunNotFoundException(RunId)
        : Task.FromResult(new RunStatus
        {
            RunId = RunId,
            State = _training && !store.State.State.IsFinal() ? RunState.Running : store.State.State,
            Progress = _driver?.Progress ?? store.State.Progress,
            Reason = store.State.Reason,
            Receipt = store.State.Receipt,
            Spec = store.State.Submission.Spec,
            SubmittedAt = store.State.SubmittedAt,
        });

    public Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after) => store.State.Submission is null
        ? throw new RunNotFoundException(RunId)
        : _events.ReadAsync(after, ReaderPatience);

    public Task InterruptAsync() => store.State.Submission is null ? throw new RunNotFoundException(RunId) : RequestStopAsync();

    // Thread-safe: a silo that ends asks from outside the grain's turns.
    private Task RequestStopAsync()
    {
        _interrupted = true;
        _loading.Cancel();
        return _driver?.RequestStop() ?? Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (!_drive.IsCompleted)
        {
            await RequestStopAsync();
            await _drive.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _loading.Dispose();

    private string RunId => this.GetPrimaryKeyString();

    private async Task DriveAsync(RunSubmission submission)
    {
        List<GrainReplica> replicas = [];
        RunRecord record;
        RunEvent.Ended ended;
        try
        {
            using var choice = await ChooseReplicasAsync(submission);
            replicas.AddRange(Enumerable.Range(0, choice.Replicas)
                .Select(member => new GrainReplica(GrainFactory.GetGrain<IReplicaGrain>($"{RunId}/{member}"))));
            _driver = new(RunId, submission.Spec, replicas, Publish, time);
            if (_interrupted)
            {
                await _driver.RequestStop();
            }

            var outcome = await _driver.RunAsync(submission.Resume, CancellationToken.None);
            ended = RunEnding.Of(outcome.State, submission.Spec.Output);
            record = store.State with { State = outcome.State, Progress = outcome.Progress, Receipt = outcome.Receipt };
            LogEnded(RunId, outcome.State);
        }
        catch (Exception e)
        {
            // Nobody awaits a run: whatever ends it has to reach those who watch it.
            ended = RunEnding.Of(e);
            record = store.State with { State = RunState.Failed, Progress = _driver?.Progress ?? new() };
            LogFailed(e, RunId);
        }

        await ReleaseAsync(replicas);
        await SaveAsync(record with { Reason = ended.Reason, Problems = ended.Problems, LastEvent = _events.Last + 1 });
        Publish(ended);
        DelayDeactivation(TimeSpan.Zero);
    }

    private async Task<ReplicaChoice> ChooseReplicasAsync(RunSubmission submission)
    {
        if (submission.Spec.Replicas is { } replicas)
        {
            return ReplicaChoice.Of(replicas);
        }

        if (!submission.Resume)
        {
            new OutputFolder(submission.Spec.Output).RequireNew();
        }

        try
        {
            return await ReplicaChoice.MeasureAsync(RunId, submission.Spec, workspaces, _loading.Token);
        }
        catch (OperationCanceledException) when (_interrupted)
        {
            return ReplicaChoice.Of(1); // the driver will learn of the interruption, and leaves what it takes to go on
        }
    }

    private void Publish(RunEvent happened)
    {
        _training |= happened is RunEvent.PhaseStarted;
        metrics.Happened(RunId, happened);
        _events.Append(happened);
    }

    private async Task ReleaseAsync(IEnumerable<IReplica> replicas)
    {
        try
        {
            await Task.WhenAll(replicas.Select(replica => replica.ReleaseAsync()));
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogNotReleased(e, RunId);
        }
    }

    private async Task SaveAsync(RunRecord next)
    {
        store.State = next;
        try
        {
            await store.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle(); // what was not stored must not be served
            throw;
        }
    }

    [LoggerMessage(LogLevel.Information, "Run {RunId} ended: {State}")]
    private partial void LogEnded(string runId, RunState state);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} was lost with the silo that ran it; it counts as interrupted")]
    private partial void LogLost(string runId);

    [LoggerMessage(LogLevel.Error, "Run {RunId} failed")]
    private partial void LogFailed(Exception exception, string runId);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} ended, but a replica could not be released; it gives up its device when its silo does")]
    private partial void LogNotReleased(Exception exception, string runId);
}
