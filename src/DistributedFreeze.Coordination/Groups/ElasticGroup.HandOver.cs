using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <content>How members that lack the run's state get it: by a broadcast, or by way of the checkpoint.</content>
internal sealed partial class ElasticGroup
{
    /// <summary>About as much as is written in a tenth of a second, fsync included.</summary>
    private const int QuickCheckpointBytes = 16 << 20;

    /// <summary>All members wait for one another at each piece: a file is read sooner than many small ones are exchanged.</summary>
    private const int MostPieces = 64;

    private int _broadcast = -1; // the group in which the run's state was broadcast last

    /// <summary>Lets every member enter the run's phase and take over the state that it lacks.</summary>
    private async Task<RunProgress> BringUpAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        var holder = _group.Handles.FirstOrDefault(_roster.IsCurrent);
        if (holder is null && (_doubt is not null || !RunCursor.IsStart(progress)))
        {
            progress = GoBack(progress) with { Seconds = progress.Seconds };
        }

        // At the start nothing is loaded: whoever holds another state begins anew.
        var order = _phases[progress.Phase] with { Progress = _brief(progress), Preprocessing = _spec.Data.Preprocessing };
        var enters = _group.Handles
            .Where(handle => !_roster.IsIn(handle, order.Phase) || (RunCursor.IsStart(progress) && !_roster.IsCurrent(handle)))
            .ToHashSet();
        var needy = RunCursor.IsStart(progress) ? [] : _group.Handles.Where(handle => !_roster.IsCurrent(handle)).ToHashSet();
        var handsOver = needy.Count > 0 && holder is not null;
        var broadcasts = handsOver && CanBroadcast(progress.Phase);

        // While newcomers enter the phase the holder has nothing to do, unless it enters, too: it writes what is not broadcast, and what one silo may have all of until then.
        var writes = handsOver && !enters.Contains(holder!) && (!broadcasts || IsCheckpointQuick);
        var early = !writes ? Task.CompletedTask
            : broadcasts ? TrySaveCheckpointAsync(holder!, progress, cancellationToken)
            : SaveCheckpointAsync(_group, holder!, progress, cancellationToken);
        await BeginPhaseAsync(order, enters, early, cancellationToken);
        if (broadcasts)
        {
            await BroadcastAsync(holder!, needy, progress, cancellationToken);
        }
        else if (needy.Count > 0)
        {
            if (handsOver && !writes)
            {
                await SaveCheckpointAsync(_group, holder!, progress, cancellationToken);
            }

            await _group.LoadCheckpointAsync(_output.Checkpoint, needy.Contains, cancellationToken);
        }

        _roster.SetCurrent(_group.Handles);
        return progress;
    }

    /// <summary>Lets a member send its state to those that lack it.</summary>
    private async Task BroadcastAsync(ReplicaHandle holder, HashSet<ReplicaHandle> needy, RunProgress progress, CancellationToken cancellationToken)
    {
        _broadcast = Generation;
        try
        {
            await _group.BroadcastStateAsync(holder, handle => !needy.Contains(handle), _brief(progress), cancellationToken);
        }
        catch
        {
            _whole = false; // some may have it, and the exchange is broken
            throw;
        }
    }

    /// <summary>An exchange that rounds hands no state over, and within a group one broadcast could not be told from another.</summary>
    private bool CanBroadcast(int phase) => _spec.Exchange == ExchangeType.Fp32 && _broadcast != Generation && _group.Handles.All(handle =>
        _roster.HasLoaded(handle) && _roster.ReadyOf(handle).BroadcastPieces is { IsDefault: false } pieces
        && phase < pieces.Length && pieces[phase] is >= 0 and <= MostPieces);

    /// <summary>Whether a checkpoint is written in the time that a replica takes to enter a phase, as far as the last one tells; the first one is worth the time.</summary>
    private bool IsCheckpointQuick => new FileInfo(_output.Checkpoint) is not { Exists: true, Length: > QuickCheckpointBytes };

    /// <summary>Writes the run's checkpoint, where it can be written now.</summary>
    private async Task TrySaveCheckpointAsync(ReplicaHandle holder, RunProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            await SaveCheckpointAsync(_group, holder, progress, cancellationToken);
        }
        catch (StorageUnavailableException)
        {
            // The run can do without this one; the next that it needs says what is wrong.
        }
    }

    private async Task BeginPhaseAsync(PhaseOrder order, HashSet<ReplicaHandle> enters, Task meanwhile, CancellationToken cancellationToken)
    {
        try
        {
            if (enters.Count > 0)
            {
                Predictions.TryAdd(order.Phase, await _group.BeginPhaseAsync(order, enters.Contains, cancellationToken));
                foreach (var handle in _group.Handles)
                {
                    _roster.RecordPhase(handle, order.Phase);
                }
            }
        }
        catch
        {
            // Nothing goes on unseen. Whoever is lost there as well is found at the next call.
            await meanwhile.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            throw;
        }

        await meanwhile;
    }
}
