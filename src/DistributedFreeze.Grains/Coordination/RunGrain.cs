using System.Collections.Immutable;
using DistributedFreeze.Freezing.Validation;
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
    ILogger<RunGrain> logger) : Grain, IRunGrain, IDisposable
{
    /// <summary>Name of the grain storage.</summary>
    public const string Storage = "runs";

    /// <summary>How long a reader waits for an event before it has to ask again; well under Orleans's 30 s for a call.</summary>
    private static readonly TimeSpan ReaderPatience = TimeSpan.FromSeconds(10);

    private readonly RunEventLog _events = new(time);

    /// <summary>Ends the loading that comes before there is a driver.</summary>
    private readonly CancellationTokenSource _loading = new();

    private RunDriver? _driver;
    private Task _drive = Task.CompletedTask;
    private bool _interrupted;
    private bool _training;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (store.State is { State: var state } record && state.IsFinal())
        {
            // Its events went with the last activation, but nobody may wait for an end that has been.
            _events.Append(new RunEvent.Ended(state, record.Reason, record.Problems));
        }

        return Task.CompletedTask;
    }

    public async Task StartAsync(RunSubmission submission)
    {
        if (store.State.Submission is not null)
        {
            return;
        }

        RunSpecValidator.EnsureValid(submission.Spec);
        await SaveAsync(new() { Submission = submission, State = RunState.Preparing });
        await GrainFactory.GetGrain<ICatalogueGrain>(0).AddAsync(RunId);
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        _drive = DriveAsync(submission);
    }

    public Task<RunStatus> GetStatusAsync() => store.State.Submission is null
        ? throw new KeyNotFoundException($"There is no run {RunId}.")
        : Task.FromResult(new RunStatus
        {
            RunId = RunId,
            State = _training && !store.State.State.IsFinal() ? RunState.Running : store.State.State,
            Progress = _driver?.Progress ?? store.State.Progress,
            Reason = store.State.Reason,
            Receipt = store.State.Receipt,
        });

    public Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after) => _events.ReadAsync(after, ReaderPatience);

    public Task InterruptAsync()
    {
        _interrupted = true;
        _loading.Cancel();
        return _driver?.RequestStop() ?? Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (!_drive.IsCompleted)
        {
            await InterruptAsync();
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
        await SaveAsync(record with { Reason = ended.Reason, Problems = ended.Problems });
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

    [LoggerMessage(LogLevel.Error, "Run {RunId} failed")]
    private partial void LogFailed(Exception exception, string runId);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} ended, but a replica could not be released; it gives up its device when its silo does")]
    private partial void LogNotReleased(Exception exception, string runId);
}
