using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <content>The ways in which a run ends or is left: proven and written, cancelled, halted, handed over.</content>
public sealed partial class RunDriver
{
    private RunOutcome Finished(Receipt receipt)
    {
        try
        {
            _output.Finish(receipt);
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw StorageFault.Of(_output.Receipt, 0, reason);
        }

        // A driver that has only found the receipt has trained none of its epochs, and what is stored of the run is this.
        var last = _spec.Phases.Length - 1;
        _progress = new()
        {
            Phase = last,
            Epoch = receipt.Epochs.Count(epoch => epoch.Phase == last),
            Epochs = receipt.Epochs,
            IsPhaseEnded = true,
            Seconds = receipt.Seconds,
            Predictions = _progress.Predictions,
            DeviceClasses = receipt.DeviceClasses ?? _progress.DeviceClasses,
        };
        return new(RunState.Succeeded, _progress, receipt);
    }

    /// <summary>Nothing is lost: what was loaded can be loaded again, and what replicas have trained under a driver before is written.</summary>
    private async Task<RunOutcome> HaltAsync(CancellationToken cancellationToken)
    {
        try
        {
            _outputLock.Begin(_spec);
        }
        catch (StorageUnavailableException blocked)
        {
            throw NotKept(blocked);
        }

        if (_elastic.HoldsState)
        {
            try
            {
                return await LeaveOffAsync(cancellationToken);
            }
            catch (GroupBrokenException)
            {
                // Whoever held it is lost, too: what is left is the newest checkpoint.
            }
        }

        return new(RunState.Interrupted, _progress, Receipt: null);
    }

    /// <summary>A run that is asked to stop waits for no room, and without its spec it cannot be resumed.</summary>
    private static RunFailedException NotKept(StorageUnavailableException blocked) =>
        new($"The run was asked to stop before it had begun, and {blocked.Path} could not be written: {blocked.Message}. Submit it anew.", blocked);

    /// <summary>The checkpoint was trained over layers that had changed, perhaps: who resumes the run begins anew.</summary>
    private void GiveUpCheckpoint()
    {
        _outputLock.Require();
        try
        {
            RootedFiles.Delete(_output.Checkpoint);
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException(
                $"Frozen layers changed in the memory of a replica, and the checkpoint {_output.Checkpoint} cannot be removed ({reason.Message}): remove it, and start the run anew.", reason);
        }
    }

    private RunOutcome Cancel()
    {
        _outputLock.GiveUp();
        return new(RunState.Cancelled, _progress, Receipt: null);
    }

    /// <summary>Leaves the run where it was to come to. Nobody waits for that: it waits for room as any checkpoint does.</summary>
    private async Task<RunOutcome> PauseAsync(CancellationToken cancellationToken)
    {
        await _elastic.ProveFrozenAsync(cancellationToken); // who goes on has loaded the base anew
        await SaveCheckpointAsync(cancellationToken);
        return new(RunState.Paused, _progress, Receipt: null);
    }

    /// <summary>Ends with a checkpoint, wherever a replica holds anything that is worth one.</summary>
    private async Task<RunOutcome> LeaveOffAsync(CancellationToken cancellationToken)
    {
        if (_elastic.HoldsState)
        {
            try
            {
                await SaveCheckpointAsync(cancellationToken);
            }
            catch (StorageUnavailableException) when (_requests.HandOver)
            {
                // Whoever goes on finds the state where the replicas are, or goes back to the checkpoint before.
            }
            catch (StorageUnavailableException blocked)
            {
                var newest = CheckpointProgress.Newest(_output, _spec);
                throw new RunFailedException(
                    $"The run was asked to stop, and its checkpoint {blocked.Path}, {blocked.Bytes:N0} bytes, cannot be written ({blocked.Message}): "
                    + (newest is null
                        ? "what it had trained is lost."
                        : $"it can be resumed from the checkpoint before, at phase {newest.Phase + 1}, epoch {newest.Epoch + 1}, step {newest.Step}."),
                    blocked);
            }
        }

        return new(_requests.Stop ? RunState.Interrupted : RunState.Running, _progress, Receipt: null);
    }

    /// <returns>Null where the run was asked to stop before it was tested.</returns>
    private async Task<RunOutcome?> FinishAsync(CancellationToken cancellationToken)
    {
        var test = _test ?? (_run.Loaded.TestImages == 0 ? null : await EvaluateAsync(EvaluationSplit.Test, cancellationToken));
        if (test is { IsWhole: false } || (_requests.Stop && test is null))
        {
            return null;
        }

        _test = test; // what comes now may have to be tried again
        var epoch = RunCursor.Kept(_progress, _spec.Phases[^1]);
        var validation = _validated is { } validated && (validated.Phase, validated.Epoch) == (_progress.Phase, epoch) ? validated.Score
            : _run.Loaded.ValidationImages == 0 ? null
            : await EvaluateAsync(EvaluationSplit.Validation, cancellationToken);
        if (validation is { IsWhole: false })
        {
            return null;
        }

        Validated(epoch, validation);

        var group = _elastic.Group;
        var frozen = await _elastic.ProveFrozenAsync(cancellationToken);
        _outputLock.Require();
        var model = await group.SaveModelAsync(_output.Model, StateNumber, cancellationToken);
        var draft = new ReceiptDraft
        {
            RunId = _runId,
            ModelSha256 = model.Sha256,
            Frozen = frozen,
            Test = test,
            Validation = validation,
            Devices = [.. group.Handles.Select(handle => _elastic.ReadyOf(handle).Device)],
            Progress = _progress,
            Seconds = Seconds,
            Owner = _owner,
        };
        _outputLock.Require();
        return Finished(draft.Of(_run));
    }
}
