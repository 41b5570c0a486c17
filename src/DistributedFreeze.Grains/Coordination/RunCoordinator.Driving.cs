using System.Collections.Immutable;
using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Events;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <content>How the run is driven, what of it is stored, and what is told.</content>
internal sealed partial class RunCoordinator
{
    private void Drive()
    {
        home.Stay();
        _training = false;
        _lost = [];
        _drive = DriveAsync();
        services.Watch(RunId, _drive, () => _driver?.RequestHandOver());
    }

    private async Task DriveAsync()
    {
        var submission = Record.Submission!;
        using var scope = RunScope.Begin(_logger, RunId);
        using var span = services.Telemetry.Drive(RunId, submission.Trace);
        var claim = Record.Claim(RunId, services.Time.GetUtcNow()) with { By = home.Silo, Class = File.Exists(Output.Checkpoint) ? Record.DeviceClass : null }; // one without begins anew
        var leases = new LeasedReplicas(services.Grains, claim, services.Time, Waits, BeginAsync, services.Whereabouts.HasLeft, _logger);
        _leases = leases;
        var driver = new RunDriver(
            RunId, submission.Spec, leases, Publish, services.Time, snapshot => KeepAsync(leases, snapshot), services.Options.CheckpointInterval,
            services.Options.MoveShards, () => epochs.Kept, () => Output.IsMoved,
            submission.Owner)
        {
            PauseAfterEpoch = Record.PauseAfterEpoch,
        };
        _driver = driver;
        var claiming = Record.IsGivenUp ? Task.CompletedTask : leases.ClaimAsync();
        try
        {
            if (Record.IsGivenUp)
            {
                throw new RunFailedException(GivenUp.Reason(submission.Spec, Record));
            }

            services.Roots.Of(submission.Owner).RequireUnmoved(submission.Spec);
            if (Record.Generation == 0)
            {
                await ClaimOutputAgainAsync(submission);
            }

            await ApplyAsync(Record.Wish);
            var outcome = Record.Generation > 0
                ? await driver.PickUpAsync(new(Record.Generation, Record.Devices, await epochs.RestoreAsync(Record.Progress)), CancellationToken.None)
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
            services.Telemetry.Left(RunId);
            await claiming;
        }
    }

    /// <summary>Before devices are used: a run that kills its silo has told so.</summary>
    private async Task BeginAsync()
    {
        try
        {
            await SaveAsync(record => record.Start());
        }
        catch (CoordinatorLostException reason)
        {
            LogSuperseded(reason); // the first snapshot cannot be stored either, and ends this coordinator
        }
    }

    private async Task EndAsync(RunOutcome outcome, string output)
    {
        if (Record.Pauses(outcome.State))
        {
            await SaveAsync(record => record.Pauses(outcome.State) ? record.Pause(outcome.Progress) : record);
        }

        if (Record.State == RunState.Paused)
        {
            Publish(new RunEvent.Paused());
            await _events.FlushAsync();
            await MarkEndedAsync();
            return;
        }

        if (outcome.State == RunState.Paused)
        {
            outcome = outcome with { State = RunState.Interrupted }; // it was asked for something else in the meantime
        }

        if (outcome.State == RunState.Interrupted && Record.Wish == RequestedAction.Cancel)
        {
            // Asked to pause, or to end, and then to cancel: the driver had left off by then.
            Output.GiveUp(RunId);
            outcome = outcome with { State = RunState.Cancelled };
        }

        await EndAsync(RunEnding.Of(outcome.State, output, Record.CancelReason), outcome.Receipt);
    }

    private async Task EndAsync(RunEvent.Ended ended, Receipt? receipt)
    {
        try
        {
            var hasLog = await WriteLogAsync(ended);
            var artefacts = await ListLeftAsync(hasLog);
            await SaveAsync(record => record.End(ended, _driver?.Progress ?? record.Progress, receipt, _events.Last + 1, services.Time.GetUtcNow(), artefacts));
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

        home.StayNoLonger();
    }

    /// <summary>What is stored and told stays so, whether the catalogue learns of it now or is told the next time that it asks.</summary>
    private async Task MarkEndedAsync()
    {
        try
        {
            await Catalogue.MarkAsync(RunId, unfinished: false);
        }
        catch (Exception reason) // a store's own included
        {
            LogNotMarked(reason, RunId);
            services.LookAgain();
        }
    }

    private async Task<bool> WriteLogAsync(RunEvent.Ended ended)
    {
        if (ended.State == RunState.Cancelled || _driver is not { OwnsOutput: true })
        {
            return false;
        }

        try
        {
            await RunLogFile.WriteAsync(Output, _events, ended, services.Time.GetUtcNow());
            return true;
        }
        catch (Exception reason) when (reason is not CoordinatorLostException)
        {
            LogNoLog(reason, RunId); // the run's result is worth more than its log
            return false;
        }
    }

    /// <summary>What the run leaves; null where that cannot be read now, and then the folder has to tell whose its files are.</summary>
    private async Task<ImmutableArray<Artefact>?> ListLeftAsync(bool hasLog)
    {
        try
        {
            return await services.ReadLeft(() => Artefacts.ListLeft(hasLog));
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            LogArtefactsNotRead(reason, RunId);
            return null;
        }
    }

    /// <summary>Before a group trains, and after an epoch: what another coordinator would have to know.</summary>
    /// <remarks>
    /// A new group waits until it is stored, since its number must be nobody else's. A group that goes on does not wait: a store that is away stops
    /// no training, and the replicas know where they stand. Of those that wait to be stored the newest one does.
    /// </remarks>
    private async Task KeepAsync(LeasedReplicas leases, RunSnapshot snapshot)
    {
        var isNew = snapshot.Generation != Record.Generation;
        var isInLine = _snapshot is not null;
        _snapshot = snapshot;
        if (!isInLine)
        {
            _events.Then(() =>
            {
                var newest = _snapshot;
                _snapshot = null;
                return SaveAsync(record => record.Reach(newest, _events.Last, home.Silo));
            });
        }

        if (isNew)
        {
            await _events.FlushAsync();
            await leases.HoldAsync(snapshot.Devices, snapshot.DeviceClass);
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

    private void Waits(int position, string? reason)
    {
        var isNews = _queuePosition == 0 && position > 0;
        _queuePosition = position;
        if (isNews)
        {
            Publish(new RunEvent.Queued(position) { Reason = reason }); // once: where it stands from then on is asked, not told
        }
    }

    /// <summary>Says where what happened happened, and what was lost together with the last coordinator.</summary>
    private void Publish(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.ReplicaLost lost:
                _lost = _lost.Add(lost.Device);
                happened = lost with { Host = services.Whereabouts.Of(DeviceId.Silo(lost.Device)).Host };
                break;
            case RunEvent.Straggler slow:
                happened = slow with { Host = services.Whereabouts.Of(DeviceId.Silo(slow.Device)).Host };
                break;
            case RunEvent.PickedUp picked:
                foreach (var device in Record.Devices.Where(device => !_lost.Contains(device) && services.Whereabouts.IsGone(DeviceId.Silo(device))))
                {
                    Publish(new RunEvent.ReplicaLost(device, "Its silo has left the cluster."));
                }

                happened = picked with { By = services.Whereabouts.Of(home.Silo), Before = Record.Coordinator is { } before ? services.Whereabouts.Of(before) : null };
                break;
            default:
                break;
        }

        _training |= happened is RunEvent.PhaseStarted;
        Log(happened);
        services.Telemetry.Happened(RunId, happened);
        if (happened is RunEvent.PickedUp or RunEvent.Prepared)
        {
            services.Telemetry.StandsAt(RunId, _driver!.Progress, Record.Submission?.Spec.Labels ?? RunLabels.None);
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
        _hasGivenUp = true;
        home.Leave();
        services.LookAgain();
    }
}
