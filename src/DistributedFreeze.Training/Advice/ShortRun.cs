using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

/// <summary>The first epochs of a run, trained by replicas of this process with no file written: the same steps to the same bits as a run of its own.</summary>
/// <remarks>Nothing can be lost that is not lost whole, so it needs no driver. Not thread-safe, but one thread after another may use it.</remarks>
internal sealed class ShortRun : IDisposable
{
    private readonly RunWorkspace _workspace;
    private readonly RunDefinition _run;
    private readonly LocalGroup _group;
    private RunProgress _progress = new();
    private int? _entered;

    /// <param name="workspace">The run's; becomes this object's.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="replicas">Replicas, 1 up to the run's shards; they change nothing but the time.</param>
    public ShortRun(RunWorkspace workspace, Device device, int replicas)
    {
        _workspace = workspace;
        _run = workspace.Run;
        _group = new(workspace, device, replicas);
    }

    /// <summary>Mean loss of the last epoch's training images, each as its step met it.</summary>
    public double TrainLoss => _progress.Epochs[^1].TrainLoss;

    /// <summary>Trains all earlier phases and so many epochs of the last one, as far as that is not done yet.</summary>
    /// <param name="epochs">Epochs of the last phase, 0 up to as many as it has.</param>
    /// <param name="done">Told after each epoch of the last phase.</param>
    /// <param name="cancellationToken">Breaks it off after a step, for good.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="RunFailedException">The loss is no number.</exception>
    public void TrainTo(int epochs, Action done, CancellationToken cancellationToken)
    {
        var last = _run.Spec.Phases.Length - 1;
        for (var phase = _progress.Phase; phase <= last; phase++)
        {
            Enter(phase);
            while (_progress.Epoch < (phase == last ? epochs : _run.Spec.Phases[phase].Epochs))
            {
                TrainEpoch(phase, cancellationToken);
                if (phase == last)
                {
                    done();
                }
            }

            if (phase < last)
            {
                EndPhase();
            }
        }
    }

    /// <summary>What it says of the images that it was not trained on.</summary>
    public ImmutableArray<Answer> Judge()
    {
        var images = _run.Data.Validation;
        var (answers, losses) = _group.Score(images);
        return [.. images.Select((image, i) => new Answer(image.Class, answers[i], losses[i]))];
    }

    /// <summary>Enters the last phase, the earlier ones trained, and computes the gradients of its first steps; none is applied.</summary>
    /// <param name="steps">How many steps, up to those of an epoch.</param>
    /// <param name="begin">Told what trains in the last phase, and its values.</param>
    /// <param name="take">Told of each shard that has images, from several threads.</param>
    /// <param name="cancellationToken">Breaks it off, for good.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="RunFailedException">The loss of an earlier phase is no number.</exception>
    public void Differentiate(int steps, Action<ParameterLayout, float[]> begin, ShardGradientTaker take, CancellationToken cancellationToken)
    {
        TrainTo(epochs: 0, () => { }, cancellationToken);
        var (layout, values) = _group.Parameters();
        begin(layout, values);
        _group.Differentiate(steps, take, cancellationToken);
    }

    public void Dispose()
    {
        _group.Dispose();
        _workspace.Dispose();
    }

    private void Enter(int phase)
    {
        if (_entered == phase)
        {
            return;
        }

        _group.BeginPhase(phase, _progress);
        _entered = phase;
    }

    private void EndPhase()
    {
        _group.EndPhase(_progress);
        _progress = RunCursor.AfterPhase(RunCursor.AfterLastEpoch(_progress));
    }

    /// <summary>Trains the next step of the first phase.</summary>
    /// <param name="cancellationToken">Breaks it off before the step.</param>
    /// <returns>Mean loss of the step's images, as it met them.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="RunFailedException">The loss is no number.</exception>
    public double TrainStep(CancellationToken cancellationToken)
    {
        Enter(phase: 0);
        var report = Train(phase: 0, steps: 1, cancellationToken);
        return report.Losses[0] / report.Samples[0];
    }

    private void TrainEpoch(int phase, CancellationToken cancellationToken) => Train(phase, _run.Schedule.StepsPerEpoch, cancellationToken);

    private WindowReport Train(int phase, int steps, CancellationToken cancellationToken)
    {
        var report = _group.RunWindow(_progress, steps, cancellationToken);
        _progress = WindowTally.Add(_progress, report);
        if (_progress.Step < _run.Schedule.StepsPerEpoch)
        {
            return report;
        }

        _progress = RunCursor.AfterEpoch(
            _progress,
            new()
            {
                Phase = phase,
                Epoch = _progress.Epoch,
                TrainLoss = _progress.LossSum / _progress.Samples,
                TrainAccuracy = (double)_progress.Correct / _progress.Samples,
                Seconds = 0,
                ImagesPerSecond = 0,
            },
            _run.Spec.Phases[phase]);
        return report;
    }
}
