using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

/// <summary>Which epoch of a phase is the best so far, and when to look for no better one. Pure and thread-safe.</summary>
/// <remarks>
/// As Keras's <c>EarlyStopping(min_delta, patience, restore_best_weights)</c> has it: an epoch is better by more than <c>min_delta</c>, the earlier
/// of two equal ones is the best, and training ends once <c>patience</c> epochs in a row were no better.
/// </remarks>
internal static class BestSoFar
{
    /// <summary>The best epoch once another one is validated.</summary>
    /// <param name="best">The best one before; null where there was none.</param>
    /// <param name="result">What the epoch came to.</param>
    /// <param name="phase">The phase.</param>
    /// <returns>Null where no epoch was validated.</returns>
    public static ScoredEpoch? With(ScoredEpoch? best, EpochResult result, PhaseSpec phase)
    {
        if (ScoreOf(result, phase.BestBy) is not { } score)
        {
            return best;
        }

        var isBetter = best is null || (phase.BestBy == EpochMeasure.Loss ? score + phase.MinDelta < best.Score : score - phase.MinDelta > best.Score);
        return isBetter ? new(result.Epoch, score) : best;
    }

    /// <summary>Whether the phase has gone on for long enough without a better epoch.</summary>
    /// <param name="progress">Where the run stands: between two epochs of the phase.</param>
    /// <param name="phase">The phase.</param>
    public static bool IsOutOfPatience(RunProgress progress, PhaseSpec phase) =>
        progress.Best is { } best && phase.Patience is { } patience && progress.Epoch - (best.Epoch + 1) >= patience;

    /// <summary>Whether the weights of the best epoch are those that a run holds where it stands.</summary>
    /// <param name="progress">Where it stands.</param>
    public static bool IsHere(RunProgress progress) => progress is { Best: { } best, Step: 0, IsPhaseEnded: false } && best.Epoch + 1 == progress.Epoch;

    /// <summary>Whether the weights of the best epoch are needed from where a run stands.</summary>
    /// <param name="progress">Where it stands.</param>
    /// <param name="phases">Its phases.</param>
    public static bool IsNeeded(RunProgress progress, ImmutableArray<PhaseSpec> phases) =>
        progress is { Best: not null, IsPhaseEnded: false } && phases[progress.Phase].Keep == KeptEpoch.Best;

    private static double? ScoreOf(EpochResult result, EpochMeasure measure) => measure switch
    {
        EpochMeasure.Accuracy => result.ValidationAccuracy,
        EpochMeasure.BalancedAccuracy => result.ValidationBalancedAccuracy,
        EpochMeasure.MacroF1 => result.ValidationMacroF1,
        _ => result.ValidationLoss,
    };
}
