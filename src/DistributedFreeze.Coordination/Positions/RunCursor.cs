using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

/// <summary>What a run does next.</summary>
internal enum RunAction
{
    /// <summary>Steps of the epoch.</summary>
    Train,

    /// <summary>The epoch's steps are done: score it.</summary>
    EndEpoch,

    /// <summary>The phase's epochs are done, or the last ones were no better: it ends with the weights that it keeps.</summary>
    EndPhase,

    /// <summary>The phase has ended, and another one follows.</summary>
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
        if (!progress.IsPhaseEnded)
        {
            var phase = phases[progress.Phase];
            return progress.Epoch == phase.Epochs || BestSoFar.IsOutOfPatience(progress, phase) ? RunAction.EndPhase
                : progress.Step < stepsPerEpoch ? RunAction.Train
                : RunAction.EndEpoch;
        }

        return progress.Phase + 1 < phases.Length ? RunAction.NextPhase : RunAction.Finish;
    }

    /// <summary>Whether an epoch is over and another one follows, of whichever phase: what only ends from here on is not between two.</summary>
    /// <param name="progress">Where the run stands.</param>
    /// <param name="phases">Its phases.</param>
    public static bool IsBetweenEpochs(RunProgress progress, ImmutableArray<PhaseSpec> phases) =>
        progress.Step == 0 && (progress.Phase + 1 < phases.Length || Next(progress, phases, stepsPerEpoch: 1) == RunAction.Train);

    /// <summary>Where the run stands once an epoch is scored.</summary>
    /// <param name="progress">Where it stood: after the epoch's last step.</param>
    /// <param name="result">What the epoch came to.</param>
    /// <param name="phase">Its phase.</param>
    public static RunProgress AfterEpoch(RunProgress progress, EpochResult result, PhaseSpec phase)
    {
        var best = BestSoFar.With(progress.Best, result, phase);
        return BetweenEpochs(progress) with
        {
            Epoch = progress.Epoch + 1,
            Epochs = progress.Epochs.Add(result with { IsBest = best is not null && best.Epoch == result.Epoch }),
            Best = best,
            RateReductions = LearningRate.ReductionsAfter(progress.RateReductions, result.Epoch, best?.Epoch, phase.Schedule),
        };
    }

    /// <summary>Where the run stands once a phase has ended.</summary>
    /// <param name="progress">Where it stood: after the phase's last epoch.</param>
    public static RunProgress AfterLastEpoch(RunProgress progress) => progress with { IsPhaseEnded = true };

    /// <summary>The epoch whose weights a phase ends with, from 0.</summary>
    /// <param name="progress">Where the run stands: after the phase's last epoch.</param>
    /// <param name="phase">The phase.</param>
    public static int Kept(RunProgress progress, PhaseSpec phase) =>
        phase.Keep == KeptEpoch.Best && progress.Best is { } best ? best.Epoch : progress.Epoch - 1;

    /// <summary>Where the run stands once it has left a phase for the next one.</summary>
    /// <param name="progress">Where it stood: at the phase's end.</param>
    public static RunProgress AfterPhase(RunProgress progress) =>
        BetweenEpochs(progress) with { Phase = progress.Phase + 1, Epoch = 0, Best = null, RateReductions = 0, IsPhaseEnded = false };

    /// <summary>Which of two stands further.</summary>
    /// <returns>More than 0 where the first does, 0 where both stand at the same place.</returns>
    public static int Compare(RunProgress one, RunProgress other) =>
        (one.Phase, one.Epoch, one.Step, one.IsPhaseEnded).CompareTo((other.Phase, other.Epoch, other.Step, other.IsPhaseEnded));

    /// <summary>
    /// Which of a run's states its weights are in where it stands, counted as if every phase trained all its epochs: a step leads to the next
    /// one, and so does the end of a phase, which may take weights back. Scoring an epoch or entering a phase changes none.
    /// </summary>
    /// <param name="progress">Where it stands.</param>
    /// <param name="phases">Its phases.</param>
    /// <param name="stepsPerEpoch">Steps of every epoch.</param>
    /// <returns>0 at the start.</returns>
    public static long StateNumber(RunProgress progress, ImmutableArray<PhaseSpec> phases, int stepsPerEpoch)
    {
        long OfPhase(PhaseSpec phase) => (long)phase.Epochs * stepsPerEpoch + 1;
        var before = phases.Take(progress.Phase).Sum(OfPhase);
        return before + (progress.IsPhaseEnded ? OfPhase(phases[progress.Phase]) : (long)progress.Epoch * stepsPerEpoch + progress.Step);
    }

    /// <summary>The same place as those see it who are still in the phase before: at its end.</summary>
    /// <param name="progress">The first step of a phase that is not the first; its epochs are all there.</param>
    public static RunProgress BeforePhase(RunProgress progress) => progress with
    {
        Phase = progress.Phase - 1,
        Epoch = progress.Epochs.Count(epoch => epoch.Phase == progress.Phase - 1),
        IsPhaseEnded = true,
    };

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
