using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Artefacts;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <content>What it tells of the run to whoever asks: status, epochs, events and artefacts. Nothing changes by it.</content>
internal sealed partial class RunCoordinator
{
    /// <summary>How long a reader waits for an event before it has to ask again: how late it may learn that a coordinator has died with its question.</summary>
    private static readonly TimeSpan LongPollTimeout = TimeSpan.FromSeconds(3);

    /// <summary>How long a status waits for the place in the queue.</summary>
    private static readonly TimeSpan PositionTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Epochs that are read at once.</summary>
    private const int MostEpochs = 500;

    /// <inheritdoc cref="IRunGrain.GetStatusAsync"/>
    public async Task<RunStatus> GetStatusAsync()
    {
        var standing = _queuePosition > 0 ? await StandingAsync() : new(0, null);
        return Status is { QueuePosition: > 0 } waits ? waits with { QueuePosition = standing.Position, Reason = waits.Reason ?? standing.Reason } : Status;
    }

    /// <summary>As <see cref="GetStatusAsync"/>, with the place in the queue that was heard of last.</summary>
    public RunStatus Status
    {
        get
        {
            // An end is told by its event first: who learns of it here finds it there.
            var record = Record is { } known && (!known.State.IsFinal() || _events.IsComplete) ? known : Record.BeforeItsEnd();
            var progress = _driver?.Progress ?? record.Progress;
            var isWhole = progress.EpochsBefore == 0;
            return new()
            {
                RunId = RunId,
                State = record.StateNow(_training, _queuePosition, _driver is { Devices.IsEmpty: false }),
                Progress = EpochHistory.Without(progress, EpochHistory.Count(progress)),
                EpochsDone = EpochHistory.Count(progress),
                LatestEpoch = progress.Epochs is [.., var latest] ? latest : isWhole ? null : record.LatestEpoch,
                BestEpoch = isWhole ? _best.Of(progress.Epochs) : record.BestEpoch,
                Reason = record.Reason,
                Receipt = record.Receipt,
                Spec = record.Submission!.Spec,
                SubmittedAt = record.SubmittedAt,
                Priority = record.Submission.Priority,
                Devices = record.State.IsFinal() || record.State == RunState.Paused ? [] : _driver?.Devices ?? [],
                QueuePosition = _queuePosition,
                EndedAt = record.EndedAt,
                LastEvent = _events.Last,
                Coordinator = _drive.IsCompleted ? null : home.Silo,
                Owner = record.Submission.Owner?.Name,
                OwnerIssuer = record.Submission.Owner?.Issuer,
                PauseAfterEpoch = record.PauseAfterEpoch,
            };
        }
    }

    /// <inheritdoc cref="IRunGrain.ReadEpochsAsync"/>
    public async Task<ImmutableArray<EpochResult>> ReadEpochsAsync(int after)
    {
        var all = (_driver?.Progress ?? await epochs.RestoreAsync(Record.Progress)).Epochs;
        return [.. all.Skip(Math.Max(0, after)).Take(MostEpochs)];
    }

    /// <inheritdoc cref="IRunGrain.ReadEventsAsync"/>
    public Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after) =>
        Record is null ? throw new RunNotFoundException(RunId) : _events.ReadAsync(after, LongPollTimeout);

    /// <inheritdoc cref="IRunGrain.ListArtefactsAsync"/>
    public Task<ImmutableArray<Artefact>> ListArtefactsAsync() => Artefacts.ListAsync();

    /// <inheritdoc cref="IRunGrain.ReadArtefactAsync"/>
    public Task<ArtefactChunk> ReadArtefactAsync(string name, long offset, int count) =>
        Artefacts.ReadAsync(name, offset, count);

    private ArtefactFolder Artefacts => new(Output, RunId, services.Hashes, Record.Artefacts, mayHaveLinks: !services.Roots.BindsOutput);

    /// <summary>Where the run stands in the queue now; where it stood last if nobody answers.</summary>
    private async Task<QueueStanding> StandingAsync()
    {
        try
        {
            return await Scheduler.StandingAsync(RunId).WaitAsync(PositionTimeout, services.Time);
        }
        catch (Exception reason) when (CallFailure.Is(reason))
        {
            return new(_queuePosition, null);
        }
    }
}
