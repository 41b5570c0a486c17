using System.Collections.Immutable;
using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Grains.Epochs;
using DistributedFreeze.Grains.Events;
using DistributedFreeze.Grains.Outputs;
using DistributedFreeze.Grains.Planning;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>The coordinator of one run: stores its state, keeps its events, and lets a <see cref="RunDriver"/> decide.</summary>
/// <remarks>
/// It knows no clock, store or network but those that it is given, and belongs to one grain, whose turns never overlap.
/// </remarks>
/// <param name="runId">The run.</param>
/// <param name="home">The grain.</param>
/// <param name="store">The run's state, read.</param>
/// <param name="blocks">Where the run's events are stored.</param>
/// <param name="epochs">Where the run's epochs are stored.</param>
/// <param name="services">What the coordinators of a silo share.</param>
internal sealed partial class RunCoordinator(
    string runId, IRunHome home, IPersistentState<RunRecord> store, IEventBlocks blocks, EpochPages epochs, RunServices services) : IDisposable
{
    /// <summary>Characters of a reason that somebody gives; what is longer is cut.</summary>
    private const int LongestReason = 500;

    /// <summary>Two writes of one state at a time would refuse each other.</summary>
    private readonly SemaphoreSlim _saving = new(1);

    private readonly ILogger _logger = services.Logger;
    private readonly BestEpoch _best = new();
    private RunEventLog _events = null!; // made when activated
    private RunRecord _stored = store.State;
    private volatile RunDriver? _driver;
    private LeasedReplicas? _leases;
    private Task _drive = Task.CompletedTask;
    private int _queuePosition;
    private bool _training;
    private bool _hasGivenUp;
    private RunSnapshot? _snapshot; // waits to be stored
    private ImmutableHashSet<string> _lost = []; // devices whose loss was told since this activation drives the run

    /// <summary>Takes up the run, where there is one: goes on with it, or tells its end.</summary>
    public async Task ActivateAsync()
    {
        using var scope = RunScope.Begin(_logger, RunId);
        _events = new(blocks, services.Time, EventsLost);
        await _events.RestoreAsync(_stored.LastEvent);
        if (_stored is { Submission: not null, State: var state } record)
        {
            if (state.IsFinal())
            {
                await TellEndAsync(record);
            }
            else if (state != RunState.Paused)
            {
                await epochs.RestoreAsync(record.Progress);
                LogPickedUp(RunId, record.Generation, record.Coordinator ?? "a silo that nobody knows");
                Drive();
            }
        }
    }

    /// <inheritdoc cref="IRunGrain.StartAsync"/>
    /// <param name="submission">What to run.</param>
    /// <param name="pauseAfter">After how many epochs it pauses by itself; null for never.</param>
    public async Task StartAsync(RunSubmission submission, int? pauseAfter = null)
    {
        RunIds.EnsureValid(RunId);
        RequireEpochs(pauseAfter);
        RunSubmission.EnsureValidPriority(submission.Priority);
        if (_stored.Submission is null)
        {
            RunSpecValidator.EnsureValid(submission.Spec);
        }

        var trace = RunTraces.OfCall(submission.Trace);
        submission = submission with { Trace = trace, Spec = await ResolveAsync(submission) };
        if (_stored.Submission is { } known)
        {
            RunConflict.RequireSame(RunId, known, submission);
            return;
        }

        await Task.Run(() => RunInputs.Require(submission.Spec, submission.Resume)); // a share that hangs holds up this run alone
        var memory = services.RequireMemory is { } require ? await require(submission.Spec) : null;
        await ClaimOutputAsync(submission);

        await _entering.WaitAsync();
        try
        {
            // The catalogue first: a listed id without a run is passed over, but a stored run that nobody drives would never end.
            var now = services.Time.GetUtcNow();
            _emptySince = null;
            await ListAsync(submission.Owner, new() { Labels = submission.Spec.Labels, Owner = submission.Owner?.Name, OwnerIssuer = submission.Owner?.Issuer, SubmittedAt = now });
            await SaveAsync(_ => new() { Submission = submission, State = RunState.Queued, SubmittedAt = now, Memory = memory, PauseAfterEpoch = pauseAfter });
            Drive();
        }
        finally
        {
            _entering.Release();
        }
    }

    /// <summary>The run with full paths, and with what the run that it starts from and an ONNX base have to say.</summary>
    private async Task<RunSpec> ResolveAsync(RunSubmission submission)
    {
        var spec = await ParentRuns.ResolveAsync(submission.Spec, RunId, services.Roots.Of(submission.Owner), services.Grains);
        var again = _stored.Submission is { } known ? RunBases.ResolveAgain(spec, known.Spec) : null;
        return again ?? await RunBases.ResolveAsync(spec);
    }

    /// <inheritdoc cref="IRunGrain.InterruptAsync"/>
    public Task InterruptAsync() => WishAsync(RequestedAction.Interrupt);

    /// <inheritdoc cref="IRunGrain.PauseAsync"/>
    public Task PauseAsync()
    {
        Refuse(Record.State.IsFinal(), "has ended and cannot be paused");
        return WishAsync(RequestedAction.Pause);
    }

    /// <inheritdoc cref="IRunGrain.CancelAsync"/>
    /// <param name="reason">Why, in words; null where nobody says.</param>
    public async Task CancelAsync(string? reason = null)
    {
        await WishAsync(RequestedAction.Cancel, reason is null ? null : PlainText.Line(reason[..Math.Min(reason.Length, LongestReason)]));
        if (Record.State == RunState.Paused)
        {
            Output.GiveUp(RunId);
            await EndAsync(RunEnding.Of(RunState.Cancelled, "", Record.CancelReason), receipt: null);
        }
    }

    /// <inheritdoc cref="IRunGrain.ResumeAsync"/>
    /// <param name="pauseAfter">After how many epochs it pauses again by itself; null leaves that as it was.</param>
    public async Task ResumeAsync(int? pauseAfter = null)
    {
        RequireEpochs(pauseAfter);
        RefuseToResume();
        if (!Record.CanResume || (Record.State == RunState.Paused && pauseAfter <= Record.EpochsDone))
        {
            return;
        }

        await WhenDrivenAsync();
        await epochs.RestoreAsync(Record.Progress);
        await ClaimOutputAsync(Record.Submission!);
        await ListAgainAsync(Record.Submission!.Owner);
        await SaveAsync(record => record.Resume(pauseAfter));
        if (Record.State != RunState.Queued)
        {
            // Cancelled meanwhile, and the catalogue was told so before it was told the contrary.
            await Catalogue.MarkAsync(RunId, unfinished: false);
            RefuseToResume();
        }

        Publish(new RunEvent.Resumed());
        Drive();
    }

    /// <inheritdoc cref="IRunGrain.DeleteAsync"/>
    public async Task DeleteAsync()
    {
        Refuse(!Record.State.IsFinal(), "goes on: cancel it first");
        await WhenDrivenAsync();
        await Catalogue.RemoveAsync(RunId);
        await OutputGrain.Of(services.Grains, Record.Submission!.Spec).ReleaseAsync(RunId);
        await _events.ClearAsync();
        await epochs.ClearAsync();
        await store.ClearStateAsync();
        _stored = new();
        home.Leave();
    }

    /// <inheritdoc cref="IRunGrain.TurnAsync"/>
    public async Task TurnAsync()
    {
        if (!_drive.IsCompleted)
        {
            _leases?.Turn();
        }
        else if ((_stored.Submission is null || _stored.State.IsFinal() || _stored.State == RunState.Paused) && await IsStoredAsync())
        {
            await Scheduler.ReleaseAsync(RunId); // it was not heard that the run wants nothing any more
        }
    }

    /// <inheritdoc cref="IRunGrain.KeepGoingAsync"/>
    /// <remarks>Being asked has activated it, and activation sees to the rest; the catalogue may only not know yet that there is nothing to do.</remarks>
    public async Task KeepGoingAsync()
    {
        if (_stored.Submission is null)
        {
            await ForgetEmptyAsync();
        }
        else if (_drive.IsCompleted && (_stored.State.IsFinal() || _stored.State == RunState.Paused) && await IsStoredAsync())
        {
            await Catalogue.MarkAsync(RunId, unfinished: false);
        }
    }

    /// <summary>Leaves the run to another coordinator.</summary>
    /// <param name="cancellationToken">Ends the waiting for that.</param>
    public async Task DeactivateAsync(CancellationToken cancellationToken)
    {
        if (!_drive.IsCompleted)
        {
            _driver?.RequestHandOver();
            await _drive.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        _saving.Dispose();
        _entering.Dispose();
    }

    private string RunId => runId;

    private OutputFolder Output
    {
        get
        {
            var (path, roots) = (Record.Submission!.Spec.Output, services.Roots.Of(Record.Submission.Owner));
            return new(path, () => roots.IsOutputMoved(path));
        }
    }

    private ISchedulerGrain Scheduler => services.Grains.GetGrain<ISchedulerGrain>(0);

    private ICatalogueGrain Catalogue => services.Grains.GetGrain<ICatalogueGrain>(0);

    /// <summary>What is stored: what is about to be is not told yet.</summary>
    private RunRecord Record => _stored.Submission is null ? throw new RunNotFoundException(RunId) : _stored;

    private void Refuse(bool wrong, string message)
    {
        if (wrong)
        {
            throw new InvalidInputException("run", $"{RunId} {message}");
        }
    }

    private static void RequireEpochs(int? pauseAfter)
    {
        if (pauseAfter < 1)
        {
            throw new InvalidInputException("epochs", $"must be at least 1 where a run is to pause after them, got {pauseAfter}");
        }
    }

    private void RefuseToResume() =>
        Refuse(Record.State is RunState.Succeeded or RunState.Cancelled, $"has {Record.State.ToString().ToLowerInvariant()} and cannot be resumed");

    /// <summary>An end is stored before it is told and the catalogue knows: whoever builds on it waits for the rest.</summary>
    private async Task WhenDrivenAsync() =>
        await _drive.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    private async Task WishAsync(RequestedAction wish, string? reason = null)
    {
        if (Record.State.IsFinal())
        {
            return;
        }

        if (Record.State == RunState.Paused && wish == RequestedAction.Pause)
        {
            if (Record.PauseAfterEpoch <= Record.EpochsDone)
            {
                await SaveAsync(record => record with { PauseAfterEpoch = null }); // from now on it waits for a person
            }

            return;
        }

        await SaveAsync(record => record with { Wish = wish, CancelReason = reason });
        await ApplyAsync(wish);
    }

    /// <summary>Two unfinished runs never have one output folder, a paused one included.</summary>
    /// <exception cref="InvalidInputException">Another has it.</exception>
    private async Task ClaimOutputAsync(RunSubmission submission)
    {
        var output = submission.Spec.Output;
        if (await OutputGrain.Of(services.Grains, submission.Spec).ClaimForAsync(RunId, submission.Owner) is { } other)
        {
            throw new InvalidInputException(
                "output",
                $"must be a folder of this run alone: {output} is run {other}'s, which has not ended{(submission.Owner is null ? "" : ", or is another caller's to resume")}; "
                + "choose another folder, or cancel that run first");
        }
    }

    /// <summary>Of two that were submitted at the same moment one has to give way. A cluster that does not answer leaves it to the folder itself.</summary>
    private async Task ClaimOutputAgainAsync(RunSubmission submission)
    {
        try
        {
            await ClaimOutputAsync(submission);
        }
        catch (Exception reason) when (CallFailure.Is(reason))
        {
            LogNotClaimed(RunId, submission.Spec.Output, CallFailure.Words(reason));
        }
    }

    private Task ApplyAsync(RequestedAction wish) => (wish, _driver) switch
    {
        (RequestedAction.None, _) or (_, null) => Task.CompletedTask,
        (RequestedAction.Cancel, { } driver) => driver.RequestCancel(),
        (_, { } driver) => driver.RequestStop(),
    };

    /// <summary>Whether what is known here is what is stored: another activation may have gone on with the run, and then this one gives up.</summary>
    private async Task<bool> IsStoredAsync()
    {
        await _saving.WaitAsync();
        try
        {
            await store.ReadStateAsync();
            if (store.State.Stamp == _stored.Stamp)
            {
                return true;
            }

            GiveUp();
            return false;
        }
        finally
        {
            _saving.Release();
        }
    }

    /// <summary>What is stored of a run as its own record: of its epochs only the last ones, and the best.</summary>
    private async Task<RunRecord> CutAsync(RunRecord whole) => whole with
    {
        Progress = await epochs.StoreAsync(whole.Progress),
        LatestEpoch = whole.Progress.Epochs is [.., var latest] ? latest : null,
        BestEpoch = _best.Of(whole.Progress.Epochs),
    };

    /// <summary>Stores a change, and waits for a store that is away. It counts once it is stored.</summary>
    /// <exception cref="CoordinatorLostException">Somebody else has stored the run meanwhile, or the silo ends.</exception>
    private async Task SaveAsync(Func<RunRecord, RunRecord> change)
    {
        await _saving.WaitAsync();
        try
        {
            if (_hasGivenUp)
            {
                // The version of what somebody else has stored was read, and a write by what is known here would go over it.
                throw new InconsistentStateException("Another coordinator has the run.");
            }

            var whole = change(_stored);
            var next = (whole.Progress.EpochsBefore > 0 ? whole : await CutAsync(whole)) with { Stamp = Guid.NewGuid() };
            await services.RetryingStore.WriteAsync(
                $"Run {RunId}",
                () =>
                {
                    store.State = next;
                    return store.WriteStateAsync();
                },
                async () =>
                {
                    await store.ReadStateAsync();
                    return RetryingStore.IsThere(store.State.Stamp, _stored.Stamp, next.Stamp);
                });
            _stored = next;
            if (whole.Progress.EpochsBefore == 0)
            {
                epochs.Keep(whole.Progress);
            }
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
