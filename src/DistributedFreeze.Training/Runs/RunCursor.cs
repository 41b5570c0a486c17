using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>What a run does next.</summary>
internal enum RunAction
{
    /// <summary>Steps of the epoch.</summary>
    Train,

    /// <summary>The epoch's steps are done: score it.</summary>
    EndEpoch,

    /// <summary>The phase's epochs are done, and another phase follows.</summary>
    NextPhase,

    /// <summary>All is trained.</summary>
    Finish,
}

/// <summary>The order of a run's work, read off from where it stands alone: whoever drives it goes on in the same way.</summary>
internal static class RunCursor
{
    /// <summary>Progress at which a run of no step stands.</summary>
    public static bool IsStart(RunProgress progress) => progress is { Phase: 0, Epoch: 0, Step: 0 };

    /// <param name="progress">Where the run stands.</param>
    /// <param name="phases">Its phases.</param>
    /// <param name="stepsPerEpoch">Steps of every epoch.</param>
    public static RunAction Next(RunProgress progress, ImmutableArray<PhaseSpec> phases, int stepsPerEpoch)
    {
        if (progress.Epoch < phases[progress.Phase].Epochs)
        {
            return progress.Step < stepsPerEpoch ? RunAction.Train : RunAction.EndEpoch;
        }

        return progress.Phase + 1 < phases.Length ? RunAction.NextPhase : RunAction.Finish;
    }

    /// <summary>Where the run stands once an epoch is scored.</summary>
    /// <param name="progress">Where it stood: after the epoch's last step.</param>
    /// <param name="result">What the epoch came to.</param>
    public static RunProgress AfterEpoch(RunProgress progress, EpochResult result) => BetweenEpochs(progress) with
    {
        Epoch = progress.Epoch + 1,
        Epochs = progress.Epochs.Add(result),
    };

    /// <summary>Where the run stands once it has left a phase for the next one.</summary>
    /// <param name="progress">Where it stood: after the phase's last epoch.</param>
    public static RunProgress AfterPhase(RunProgress progress) => BetweenEpochs(progress) with { Phase = progress.Phase + 1, Epoch = 0 };

    /// <summary>Which of two stands further.</summary>
    /// <returns>More than 0 where the first does, 0 where both stand at the same step.</returns>
    public static int Compare(RunProgress one, RunProgress other) =>
        (one.Phase, one.Epoch, one.Step).CompareTo((other.Phase, other.Epoch, other.Step));

    /// <summary>Steps that have been applied to the weights of a run that stands somewhere: scoring an epoch or entering a phase adds none.</summary>
    /// <param name="progress">Where it stands.</param>
    /// <param name="phases">Its phases.</param>
    /// <param name="stepsPerEpoch">Steps of every epoch.</param>
    public static long StepsDone(RunProgress progress, ImmutableArray<PhaseSpec> phases, int stepsPerEpoch) =>
        ((long)phases.Take(progress.Phase).Sum(phase => phase.Epochs) + progress.Epoch) * stepsPerEpoch + progress.Step;

    /// <summary>The same place as those see it who are still in the phase before: after its last epoch.</summary>
    /// <param name="progress">The first step of a phase that is not the first.</param>
    /// <param name="phases">The run's phases.</param>
    public static RunProgress BeforePhase(RunProgress progress, ImmutableArray<PhaseSpec> phases) =>
        progress with { Phase = progress.Phase - 1, Epoch = phases[progress.Phase - 1].Epochs };

    private static RunProgress BetweenEpochs(RunProgress progress) => progress with
    {
        Step = 0,
        LossSum = 0,
        Correct = 0,
        Samples = 0,
        FeaturesComputed = 0,
        FeaturesRead = 0,
        EpochSeconds = 0,
        EpochTrainSeconds = 0,
    };
}
