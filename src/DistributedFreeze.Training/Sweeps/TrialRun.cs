using System.Collections.Immutable;
using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Sweeps;

/// <summary>A trial: a whole run in the memory of this process, the same steps, scores and ends of phases to the same bits as a run of its own, but for the test.</summary>
/// <remarks>Not thread-safe, but one thread after another may use it.</remarks>
internal sealed class TrialRun : IDisposable
{
    private readonly RunWorkspace _workspace;
    private readonly RunDefinition _run;
    private readonly LocalGroup _group;
    private readonly TimeProvider _time;
    private RunProgress _progress = new();
    private int? _entered;
    private long _began;

    /// <param name="workspace">The run's; becomes this object's.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="replicas">Replicas, 1 up to the run's shards; they change nothing but the time.</param>
    /// <param name="time">The clock.</param>
    public TrialRun(RunWorkspace workspace, Device device, int replicas, TimeProvider time)
    {
        _workspace = workspace;
        _run = workspace.Run;
        _time = time;
        _group = new(workspace, device, replicas);
    }

    /// <summary>Its epochs so far, over all phases.</summary>
    public ImmutableArray<EpochResult> Epochs => _progress.Epochs;

    /// <summary>SHA-256 of the model's tensors, once it is trained whole; null before.</summary>
    public string? ModelSha256 { get; private set; }

    /// <summary>Trains it up to some epochs of all phases together, or to its end.</summary>
    /// <param name="epochs">How many it has trained then; one that ends before has fewer.</param>
    /// <param name="done">Told after each epoch.</param>
    /// <param name="cancellationToken">Breaks it off, for good.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="RunFailedException">A loss is no number.</exception>
    public void TrainTo(int epochs, Action done, CancellationToken cancellationToken)
    {
        while (ModelSha256 is null)
        {
            var action = RunCursor.Next(_progress, _run.Spec.Phases, _run.Schedule.StepsPerEpoch);
            if (_progress.Epochs.Length >= epochs && action == RunAction.Train)
            {
                return; // what ends here is over, however few epochs are asked for
            }

            switch (action)
            {
                case RunAction.Train:
                    Train(cancellationToken);
                    break;
                case RunAction.EndEpoch:
                    EndEpoch(cancellationToken);
                    done();
                    break;
                case RunAction.EndPhase:
                    _group.EndPhase(_progress);
                    _progress = RunCursor.AfterLastEpoch(_progress);
                    break;
                case RunAction.NextPhase:
                    _progress = RunCursor.AfterPhase(_progress);
                    break;
                default:
                    ModelSha256 = _group.HashModel();
                    break;
            }
        }
    }

    public void Dispose()
    {
        _group.Dispose();
        _workspace.Dispose();
    }

    private void Train(CancellationToken cancellationToken)
    {
        if (_entered != _progress.Phase)
        {
            _group.BeginPhase(_progress.Phase, _progress);
            _entered = _progress.Phase;
        }

        _began = _time.GetTimestamp();
        _progress = WindowTally.Add(_progress, _group.RunWindow(_progress, _run.Schedule.StepsPerEpoch, cancellationToken));
    }

    private void EndEpoch(CancellationToken cancellationToken)
    {
        var trained = _time.GetElapsedTime(_began).TotalSeconds;
        var score = SplitScore.Of(_group.Validate(cancellationToken));
        if (!double.IsFinite(score.Loss))
        {
            throw Divergence.Of("validation loss", score.Loss, _progress.Phase, where: "", _run.Spec.Phases[_progress.Phase]);
        }

        var answers = score.Answers;
        _progress = RunCursor.AfterEpoch(
            _progress,
            new()
            {
                Phase = _progress.Phase,
                Epoch = _progress.Epoch,
                TrainLoss = _progress.LossSum / _progress.Samples,
                TrainAccuracy = (double)_progress.Correct / _progress.Samples,
                ValidationLoss = score.Loss,
                ValidationAccuracy = score.Accuracy,
                ValidationBalancedAccuracy = answers?.BalancedAccuracy,
                ValidationMacroF1 = answers?.Macro.F1,
                Seconds = _time.GetElapsedTime(_began).TotalSeconds,
                ImagesPerSecond = _progress.Samples / Math.Max(trained, 1e-9),
                FeaturesComputed = _progress.FeaturesComputed,
                FeaturesRead = _progress.FeaturesRead,
            },
            _run.Spec.Phases[_progress.Phase]);
    }
}
