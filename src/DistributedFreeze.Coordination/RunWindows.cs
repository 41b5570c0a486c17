using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <summary>Cuts a run's epochs into windows, and says what windows and epochs came to. Not thread-safe.</summary>
/// <param name="run">The run.</param>
/// <param name="time">The clock.</param>
internal sealed class RunWindows(PreparedRun run, TimeProvider time)
{
    private readonly RunPace _pace = new(time, run.Costs);
    private (int Phase, int Epoch)? _epoch;

    /// <summary>The window that comes next; it counts as begun.</summary>
    /// <param name="progress">Where the run stands: at a step of an epoch.</param>
    /// <param name="isShort">Whether somebody waits for its end.</param>
    public WindowOrder Next(RunProgress progress, bool isShort)
    {
        Enter(progress);
        var order = new WindowOrder
        {
            Phase = progress.Phase,
            Epoch = progress.Epoch,
            FirstStep = progress.Step,
            Steps = _pace.NextWindow(run.StepsPerEpoch - progress.Step, isShort),
            Progress = progress,
        };
        _pace.BeginWindow();
        return order;
    }

    /// <summary>Ends the window that was begun last.</summary>
    /// <param name="progress">Where the run stands after it.</param>
    /// <param name="report">What the replicas reported of it.</param>
    public RunEvent.WindowDone End(RunProgress progress, WindowReport report)
    {
        var steps = report.Losses.Length;
        var images = report.Samples.Sum();
        _pace.EndWindow(steps, images);
        return new(
            progress.Phase,
            progress.Epoch,
            progress.Step,
            run.StepsPerEpoch,
            progress.LossSum / progress.Samples,
            (double)progress.Correct / progress.Samples,
            _pace.ImagesPerSecond,
            _pace.Remaining(progress.Phase, progress.Epoch, (double)progress.Step / run.StepsPerEpoch))
        {
            WindowSteps = steps,
            WindowImages = images,
            LearningRate = LearningRate.OfLast(progress, run.Spec.Phases[progress.Phase], run.StepsPerEpoch),
        };
    }

    /// <summary>Where the run stands, with the time that its epoch has taken so far: whoever resumes it counts on from there.</summary>
    /// <param name="progress">Where it stands after the window that was ended last.</param>
    public RunProgress Timed(RunProgress progress) =>
        progress with { EpochSeconds = _pace.EpochSeconds, EpochTrainSeconds = _pace.EpochTrainSeconds };

    /// <summary>The run is about to score an epoch, which may be the first thing of its attempt.</summary>
    /// <param name="progress">Where it stands: after the epoch's last step.</param>
    public void BeginScore(RunProgress progress) => Enter(progress);

    /// <summary>What the epoch came to.</summary>
    /// <param name="progress">Where the run stands: after the epoch's last step.</param>
    /// <param name="validation">How it did on the validation images; null where there are none.</param>
    public EpochResult Epoch(RunProgress progress, SplitScore? validation)
    {
        Enter(progress);
        var answers = validation?.Answers;
        return new()
        {
            Phase = progress.Phase,
            Epoch = progress.Epoch,
            TrainLoss = progress.LossSum / progress.Samples,
            TrainAccuracy = (double)progress.Correct / progress.Samples,
            ValidationLoss = validation?.Loss,
            ValidationAccuracy = validation?.Accuracy,
            ValidationBalancedAccuracy = answers?.BalancedAccuracy,
            ValidationMacroF1 = answers?.Macro.F1,
            Seconds = _pace.EpochSeconds,
            ImagesPerSecond = _pace.EpochImagesPerSecond,
            FeaturesComputed = progress.FeaturesComputed,
            FeaturesRead = progress.FeaturesRead,
        };
    }

    private void Enter(RunProgress progress)
    {
        if (_epoch != (progress.Phase, progress.Epoch))
        {
            _epoch = (progress.Phase, progress.Epoch);
            _pace.BeginEpoch(progress);
        }
    }
}
