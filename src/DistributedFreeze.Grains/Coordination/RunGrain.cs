using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Grains.Artefacts;
using DistributedFreeze.Grains.Events;
using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Grains.Planning;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>The coordinator of one run: stores its state, keeps its events, and lets a <see cref="RunDriver"/> decide.</summary>
internal sealed partial class RunGrain(
    [PersistentState("run", RunGrain.Storage)] IPersistentState<RunRecord> store,
    [FromKeyedServices(RunGrain.Storage)] IGrainStorage storage,
    TimeProvider time,
    RunTelemetry telemetry,
    PathRoots roots,
    RunShutdown shutdown,
    CoordinationOptions options,
    Whereabouts whereabouts,
    PatientStore patience,
    RunKeeper keeper,
    ILogger<RunGrain> logger) : Grain, IRunGrain, IDisposable
{
    /// <summary>Name of the grain storage.</summary>
    public const string Storage = "runs";

    /// <summary>How long a reader waits for an event before it has to ask again; well under Orleans's 30 s for a call.</summary>
    private static readonly TimeSpan ReaderPatience = TimeSpan.FromSeconds(10);

    /// <summary>Two writes of one state at a time would refuse each other.</summary>
    private readonly SemaphoreSlim _saving = new(1);

    private RunEventLog _events = null!; // both made when activated: before that the grain has neither id nor state
    private RunRecord _stored = null!;
    private volatile RunDriver? _driver;
    private Task _drive = Task.CompletedTask;
    private int _queuePosition;
    private bool _training;
    private RunMilestone? _milestone; // waits to be stored
    private ImmutableHashSet<string> _lost = []; // devices whose loss was told since this activation drives the run

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _stored = store.State;
        _events = new(new StoredEventBlocks(storage, patience, this.GetGrainId()), time, EventsLost);
        await _events.RestoreAsync(_stored.LastEvent);
        if (_stored is { Submission: not null, State: var state } record)
        {
            if (state.IsFinal())
            {
                await TellEndAsync(record);
            }
            else if (state != RunState.Paused)
            {
                LogPickedUp(RunId, record.Generation, record.Coordinator ?? "a silo that nobody knows");
                Drive();
            }
        }
    }

    public async Task StartAsync(RunSubmission submission)
    {
        RunIds.EnsureValid(RunId);
        RunSubmission.EnsureValidPriority(submission.Priority);
        if (_stored.Submission is null)
        {
            RunSpecValidator.EnsureValid(submission.Spec);
        }

        submission = submission with { Spec = roots.Resolve(submission.Spec) };
        if (_stored.Submission is { } known)
        {
            RunConflict.RequireSame(RunId, known, submission);
            return;
        }

        await Task.Run(() => RunInputs.Require(submission.Spec, submission.Resume)); // a share that hangs holds up this run alone

        // The catalogue first: a listed id without a run is passed over, but a stored run that nobody drives would never end.
        await GrainFactory.GetGrain<ICatalogueGrain>(0).AddAsync(RunId);
        await SaveAsync(_ => new() { Submission = submission, State = RunState.Queued, SubmittedAt = time.GetUtcNow() });
        Drive();
    }

    public Task<RunStatus> GetStatusAsync()
    {
        // An end is told by its event first: who learns of it here finds it there.
        var record = Record is { } known && (!known.State.IsFinal() || _events.IsComplete) ? known : Record.BeforeItsEnd();
        return Task.FromResult(new RunStatus
        {
            RunId = RunId,
            State = record.StateNow(_training, _queuePosition, _driver is { Devices.IsEmpty: false }),
            Progress = _driver?.Progress ?? record.Progress,
            Reason = record.Reason,
            Receipt = record.Receipt,
            Spec = record.Submission!.Spec,
            SubmittedAt = record.SubmittedAt,
            Priority = record.Submission.Priority,
            Devices = record.State.IsFinal() || record.State == RunState.Paused ? [] : _driver?.Devices ?? [],
            QueuePosition = _queuePosition,
            EndedAt = record.EndedAt,
            LastEvent = _events.Last,
            Coordinator = _drive.IsCompleted ? null : Silo,
        });
    }

    public Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after) =>
        Record is null ? throw new RunNotFoundException(RunId) : _events.ReadAsync(after, ReaderPatience);

    public Task InterruptAsync() => WishAsync(RunWish.Interrupt);

    public Task PauseAsync()
    {
        Refuse(Record.State.IsFinal(), "has ended and cannot be paused");
        return WishAsync(RunWish.Pause);
    }

    public async Task CancelAsync()
    {
        await WishAsync(RunWish.Cancel);
        if (Record.State == RunState.Paused)
        {
            new OutputFolder(Record.Submission!.Spec.Output).GiveUp();
            await EndAsync(RunEnding.Of(RunState.Cancelled, ""), receipt: null);
        }
    }

    public async Task ResumeAsync()
    {
        RefuseToResume();
        if (!Record.CanResume)
        {
            return;
        }

        await WhenDrivenAsync();
        await GrainFactory.GetGrain<ICatalogueGrain>(0).MarkAsync(RunId, unfinished: true);
        await SaveAsync(record => record.Resume());
        if (Record.State != RunState.Queued)
        {
            // Cancelled meanwhile, and the catalogue was told so before it was told the contrary.
            await GrainFactory.GetGrain<ICatalogueGrain>(0).MarkAsync(RunId, unfinished: false);
            RefuseToResume();
        }

        Publish(new RunEvent.Resumed());
        Drive();
    }

    public async Task DeleteAsync()
    {
        Refuse(!Record.State.IsFinal(), "goes on: cancel it first");
        await WhenDrivenAsync();
        await GrainFactory.GetGrain<ICatalogueGrain>(0).RemoveAsync(RunId);
        await _events.ClearAsync();
        await store.ClearStateAsync();
        _stored = new();
        DeactivateOnIdle();
    }

    public Task<ImmutableArray<Artefact>> ListArtefactsAsync() => ArtefactFolder.ListAsync(Record.Submission!.Spec.Output);

    public Task<ArtefactChunk> ReadArtefactAsync(string name, long offset, int count) =>
        ArtefactFolder.ReadAsync(Record.Submission!.Spec.Output, name, offset, count);

    /// <summary>Being asked has activated it, and activation sees to the rest; the catalogue may only not know yet that there is nothing to do.</summary>
    public async Task KeepGoingAsync()
    {
        if (_drive.IsCompleted && (_stored.State.IsFinal() || _stored.State == RunState.Paused))
        {
            await GrainFactory.GetGrain<ICatalogueGrain>(0).MarkAsync(RunId, unfinished: false);
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (!_drive.IsCompleted)
        {
            _driver?.RequestHandOver();
            await _drive.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _saving.Dispose();

    private string RunId => this.GetPrimaryKeyString();

    private string Silo => GrainContext.Address.SiloAddress!.ToParsableString();

    /// <summary>What is stored: what is about to be is not told yet.</summary>
    private RunRecord Record => _stored.Submission is null ? throw new RunNotFoundException(RunId) : _stored;

    private void Refuse(bool wrong, string message)
    {
        if (wrong)
        {
            throw new InvalidInputException("run", $"{RunId} {message}");
        }
    }

    private void RefuseToResume() =>
        Refuse(Record.State is RunState.Succeeded or RunState.Cancelled, $"has {Record.State.ToString().ToLowerInvariant()} and cannot be resumed");

    /// <summary>An end is stored before it is told and the catalogue knows: whoever builds on it waits for the rest.</summary>
    private async Task WhenDrivenAsync() =>
        await _drive.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    private async Task WishAsync(RunWish wish)
    {
        if (Record.State.IsFinal() || (Record.State == RunState.Paused && wish == RunWish.Pause))
        {
            return;
        }

        await SaveAsync(record => record with { Wish = wish });
        await ApplyAsync(wish);
    }

    private Task ApplyAsync(RunWish wish) => (wish, _driver) switch
    {
        (RunWish.None, _) or (_, null) => Task.CompletedTask,
        (RunWish.Cancel, { } driver) => driver.RequestCancel(),
        (_, { } driver) => driver.RequestStop(),
    };

    private void Drive()
    {
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        _training = false;
        _lost = [];
        _drive = DriveAsync();
        shutdown.Watch(RunId, _drive, () => _driver?.RequestHandOver());
    }

    private async Task DriveAsync()
    {
        var submission = Record.Submission!;
        var leases = new LeasedReplicas(GrainFactory, Record.Claim(RunId, time.GetUtcNow()), time, Waits, StartAsync, logger);
        var driver = new RunDriver(RunId, submission.Spec, leases, Publish, time, milestone => KeepAsync(leases, milestone), options.CheckpointInterval);
        _driver = driver;
        var claiming = Record.IsGivenUp ? Task.CompletedTask : leases.ClaimAsync();
        try
        {
            if (Record.IsGivenUp)
            {
                throw new RunFailedException(GivenUp.Reason(submission.Spec, Record));
            }

            await ApplyAsync(Record.Wish);
            var outcome = Record.Generation > 0
                ? await driver.PickUpAsync(new(Record.Generation, Record.Devices, Record.Progress), CancellationToken.None)
                : await driver.RunAsync(submission.Resume, CancellationToken.None);
            if (outcome.State == RunState.Running)
            {
                await leases.EndAsync(keep: true);
                await SaveAsync(record => record.Leave());
                LogHandedOver(RunId);
                return;
            }

            await driver.ReleaseAsync();
            await leases.EndAsync(keep: false);
            await EndAsync(outcome, submission.Spec.Output);
        }
        catch (Exception reason) when (reason is CoordinatorLostException or StaleOrderException)
        {
            // Another activation drives the run, or will: its replicas stay as they are.
            await leases.EndAsync(keep: true);
            LogSuperseded(reason);
            GiveUp();
        }
        catch (Exception reason)
        {
            // Nobody awaits a run: whatever ends it has to reach those who watch it.
            var ended = RunEnding.Of(reason);
            LogFailed(reason, ended);
            await driver.ReleaseAsync();
            await leases.EndAsync(keep: false);
            await EndAsync(ended, receipt: null);
        }
        finally
        {
            telemetry.Left(RunId);
            await claiming;
        }
    }

    /// <summary>Before devices are used: a run that kills its silo has told so.</summary>
    private async Task StartAsync()
    {
        try
        {
            await SaveAsync(record => record.Start());
        }
        catch (CoordinatorLostException reason)
        {
            LogSuperseded(reason); // the first milestone cannot be stored either, and ends this coordinator
        }
    }

    private async Task EndAsync(RunOutcome outcome, string output)
    {
        if (outcome.State == RunState.Interrupted && Record.Wish == RunWish.Pause)
        {
            await SaveAsync(record => record.Pause(outcome.Progress));
            Publish(new RunEvent.Paused());
            await _events.FlushAsync();
            await MarkEndedAsync();
            return;
        }

        await EndAsync(RunEnding.Of(outcome.State, output), outcome.Receipt);
    }

    private async Task EndAsync(RunEvent.Ended ended, Receipt? receipt)
    {
        try
        {
            await WriteLogAsync(ended);
            await SaveAsync(record => record.End(ended, _driver?.Progress ?? record.Progress, receipt, _events.Last + 1, time.GetUtcNow()));
            Publish(ended);
            await _events.FlushAsync();
            LogEnded(RunId, ended.State);
            await MarkEndedAsync();
        }
        catch (CoordinatorLostException reason)
        {
            LogEndNotStored(reason);
            GiveUp();
        }

        DelayDeactivation(TimeSpan.Zero);
    }

    /// <summary>What is stored and told stays so, whether the catalogue learns of it now or is told the next time that it asks.</summary>
    private async Task MarkEndedAsync()
    {
        try
        {
            await GrainFactory.GetGrain<ICatalogueGrain>(0).MarkAsync(RunId, unfinished: false);
        }
        catch (Exception reason) // a store's own included
        {
            LogNotMarked(reason, RunId);
            keeper.LookAgain();
        }
    }

    private async Task WriteLogAsync(RunEvent.Ended ended)
    {
        if (ended.State == RunState.Cancelled || _driver is not { OwnsOutput: true })
        {
            return;
        }

        try
        {
            await RunLogFile.WriteAsync(new(Record.Submission!.Spec.Output), _events, ended, time.GetUtcNow());
        }
        catch (Exception reason) when (reason is not CoordinatorLostException)
        {
            LogNoLog(reason, RunId); // the run's result is worth more than its log
        }
    }

    /// <summary>Before a group trains, and after an epoch: what another coordinator would have to know.</summary>
    /// <remarks>
    /// A new group waits until it is stored, since its number must be nobody else's. A group that goes on does not wait: a store that is away stops
    /// no training, and the replicas know where they stand. Of those that wait to be stored the newest one does.
    /// </remarks>
    private async Task KeepAsync(LeasedReplicas leases, RunMilestone milestone)
    {
        var isNew = milestone.Generation != Record.Generation;
        var isInLine = _milestone is not null;
        _milestone = milestone;
        if (!isInLine)
        {
            _events.Then(() =>
            {
                var newest = _milestone;
                _milestone = null;
                return SaveAsync(record => record.Reach(newest, _events.Last, Silo));
            });
        }

        if (isNew)
        {
            await _events.FlushAsync();
            await leases.HoldAsync(milestone.Devices);
        }
    }

    /// <summary>A coordinator may be lost between a run's end and the telling of it, and nobody may wait for an end that has been.</summary>
    private async Task TellEndAsync(RunRecord record)
    {
        if (!_events.IsComplete)
        {
            _events.Append(new RunEvent.Ended(record.State, record.Reason, record.Problems));
            await _events.FlushAsync();
        }
    }

    private void Waits(int position)
    {
        _queuePosition = position;
        if (position > 0)
        {
            Publish(new RunEvent.Queued(position));
        }
    }

    /// <summary>Says where what happened happened, and what was lost together with the last coordinator.</summary>
    private void Publish(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.ReplicaLost lost:
                _lost = _lost.Add(lost.Device);
                happened = lost with { Host = whereabouts.Of(DeviceId.Silo(lost.Device)).Host };
                break;
            case RunEvent.PickedUp picked:
                foreach (var device in Record.Devices.Where(device => !_lost.Contains(device) && whereabouts.IsGone(DeviceId.Silo(device))))
                {
                    Publish(new RunEvent.ReplicaLost(device, "Its silo has left the cluster."));
                }

                happened = picked with { By = whereabouts.Of(Silo), Before = Record.Coordinator is { } before ? whereabouts.Of(before) : null };
                break;
            default:
                break;
        }

        _training |= happened is RunEvent.PhaseStarted;
        Log(happened);
        telemetry.Happened(RunId, happened);
        if (happened is RunEvent.PickedUp or RunEvent.Prepared)
        {
            telemetry.StandsAt(RunId, _driver!.Progress);
        }

        _events.Append(happened);
    }

    /// <summary>What was not stored is not told either, and another activation starts from what was.</summary>
    private void EventsLost(CoordinatorLostException reason)
    {
        LogSuperseded(reason);
        GiveUp();
    }

    /// <summary>Another activation drives the run, or shall do so soon.</summary>
    private void GiveUp()
    {
        DeactivateOnIdle();
        keeper.LookAgain();
    }

    /// <summary>Stores a change, and waits for a store that is away. It counts once it is stored.</summary>
    /// <exception cref="CoordinatorLostException">Somebody else has stored the run meanwhile, or the silo ends.</exception>
    private async Task SaveAsync(Func<RunRecord, RunRecord> change)
    {
        await _saving.WaitAsync();
        try
        {
            var next = change(_stored) with { Stamp = Guid.NewGuid() };
            await patience.WriteAsync(
                $"Run {RunId}",
                () =>
                {
                    store.State = next;
                    return store.WriteStateAsync();
                },
                async () =>
                {
                    await store.ReadStateAsync();
                    return PatientStore.IsThere(store.State.Stamp, _stored.Stamp, next.Stamp);
                });
            _stored = next;
        }
        catch (Exception reason)
        {
            GiveUp();
            throw new CoordinatorLostException(reason);
        }
        finally
        {
            _saving.Release();
        }
    }
}
