using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Sweeps;

/// <summary>How good a trial is after some epochs: a measure of the model that it would end with, were they the last. Pure and thread-safe.</summary>
public static class TrialScore
{
    /// <summary>The epoch whose weights count after some epochs.</summary>
    /// <param name="epochs">The epochs, at least one.</param>
    /// <param name="phases">The run's phases.</param>
    /// <returns>The last phase's best epoch so far where it keeps that, or else its last one.</returns>
    public static EpochResult Kept(IReadOnlyList<EpochResult> epochs, ImmutableArray<PhaseSpec> phases)
    {
        var phase = epochs[^1].Phase;
        return phases[phase].Keep == KeptEpoch.Best && epochs.LastOrDefault(epoch => epoch.Phase == phase && epoch.IsBest) is { } best ? best : epochs[^1];
    }

    /// <summary>An epoch's measure on the validation images.</summary>
    /// <param name="metric">Which one.</param>
    /// <param name="epoch">The epoch.</param>
    /// <returns>Null where it was not taken.</returns>
    public static double? Of(EpochMeasure metric, EpochResult epoch) => metric switch
    {
        EpochMeasure.Accuracy => epoch.ValidationAccuracy,
        EpochMeasure.BalancedAccuracy => epoch.ValidationBalancedAccuracy,
        EpochMeasure.MacroF1 => epoch.ValidationMacroF1,
        _ => epoch.ValidationLoss,
    };

    /// <summary>Trials as a table shows them: those that were trained whole first, from the best to the worst; then the others, those that came furthest first; those that failed last.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="trials">The trials and their phases.</param>
    /// <returns>Their places.</returns>
    public static ImmutableArray<int> Ranking(EpochMeasure metric, IReadOnlyList<(TrialResult Result, ImmutableArray<PhaseSpec> Phases)> trials)
    {
        return [.. Order(metric, trials).OrderBy(i => Rank(trials[i].Result)).ThenByDescending(i => trials[i].Result.State == TrialState.Finished ? 0 : trials[i].Result.Epochs.Length)];

        static int Rank(TrialResult result) => result.State switch
        {
            TrialState.Finished => 0,
            TrialState.Failed => 2,
            _ => 1,
        };
    }

    /// <summary>Trials from the best to the worst: by the metric, of equal ones by the validation loss, and then in their order. Those without an epoch, and those that failed by then, come last.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="trials">The trials and their phases.</param>
    /// <param name="upTo">How many epochs count; null for all.</param>
    /// <returns>Their places.</returns>
    public static ImmutableArray<int> Order(EpochMeasure metric, IReadOnlyList<(TrialResult Result, ImmutableArray<PhaseSpec> Phases)> trials, int? upTo = null)
    {
        return [.. Enumerable.Range(0, trials.Count).OrderBy(i => Badness(i, metric)).ThenBy(i => Badness(i, EpochMeasure.Loss)).ThenBy(i => i)];

        double Badness(int i, EpochMeasure measure)
        {
            var (result, phases) = trials[i];
            var epochs = upTo is { } count && count < result.Epochs.Length ? result.Epochs[..count] : result.Epochs;
            var hasFailed = result.State == TrialState.Failed && !(upTo <= result.Epochs.Length); // what failed later was still compared
            if (hasFailed || epochs.IsEmpty || Of(measure, Kept(epochs, phases)) is not { } score || !double.IsFinite(score))
            {
                return double.PositiveInfinity;
            }

            return measure == EpochMeasure.Loss ? score : -score;
        }
    }
}
