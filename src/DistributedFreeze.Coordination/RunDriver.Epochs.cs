using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <content>How an epoch is scored, and how a phase ends with the one that it keeps.</content>
public sealed partial class RunDriver
{
    private async Task EndEpochAsync(CancellationToken cancellationToken)
    {
        _windows.BeginScore(_progress);
        var validation = _run.Loaded.ValidationImages == 0 ? null : await EvaluateAsync(EvaluationSplit.Validation, cancellationToken);
        if (validation is { IsWhole: false })
        {
            return; // the run was asked to stop, or the score is asked for again
        }

        var result = _windows.Epoch(_progress, validation);
        var phase = _spec.Phases[_progress.Phase];
        _progress = RunCursor.AfterEpoch(_progress, result, phase);
        if (RunCursor.Kept(_progress, phase) == result.Epoch)
        {
            Validated(result.Epoch, validation);
        }

        await _keep(new(_elastic.Generation, _elastic.Group.Devices, _progress with { Seconds = Seconds }));
        _publish(new RunEvent.EpochDone(_progress.Epochs[^1]));
        if (_checkpoints.IsDue)
        {
            await SaveCheckpointAsync(cancellationToken);
        }
    }

    private async Task EndPhaseAsync(CancellationToken cancellationToken)
    {
        await _elastic.EndPhaseAsync(_progress, cancellationToken);
        _publish(_run.EndOf(_progress));
        _progress = RunCursor.AfterLastEpoch(_progress);
    }

    /// <exception cref="RunFailedException">The loss is no number.</exception>
    private async Task<SplitScore> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken)
    {
        var score = await _elastic.Group.EvaluateAsync(split, StateNumber, cancellationToken);
        Heed(!score.IsWhole);
        if (score.IsWhole && !double.IsFinite(score.Loss))
        {
            var which = split == EvaluationSplit.Test ? "test loss" : "validation loss";
            throw Divergence.Of(which, score.Loss, _progress.Phase, where: "", _spec.Phases[_progress.Phase]);
        }

        return score;
    }

    /// <summary>The weights of an epoch, as the phase would end with them now, have been validated.</summary>
    private void Validated(int epoch, SplitScore? score) => _validated = score is null ? null : (_progress.Phase, epoch, score);
}
