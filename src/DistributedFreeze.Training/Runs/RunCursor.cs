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

    /// <summary>Which of two stands further.</summary>
    /// <returns>More than 0 where the first does, 0 where both stand at the same step.</returns>
    public static int Compare(RunProgress one, RunProgress other) =>
        (one.Phase, one.Epoch, one.Step).CompareTo((other.Phase, other.Epoch, other.Step));
}
