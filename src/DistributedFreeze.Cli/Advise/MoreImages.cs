using System.Globalization;
using DistributedFreeze.Advice;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Advise;

/// <summary>What to try where few images leave open whether something better was passed over. Pure and thread-safe.</summary>
internal static class MoreImages
{
    /// <summary>A sentence on the best candidate that was not recommended.</summary>
    /// <param name="result">The advice.</param>
    /// <returns>Null where the one that is recommended also scored best, or where all images have judged already.</returns>
    public static string? Hint(AdviceResult result)
    {
        if (result is not { Recommendation: { } recommended, Splits: 1 })
        {
            return null;
        }

        var best = result.Candidates.Where(one => one.NotTried is null && one.Score is not null).MaxBy(one => Goodness(result.Metric, one));
        var chosen = result.Candidates.FirstOrDefault(one => one.Name == recommended.Candidate);
        return best is null || chosen?.Score is null || Goodness(result.Metric, best) <= Goodness(result.Metric, chosen)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{best.Name} scored better, by less than {result.HeldOutImages:N0} images can tell from chance: --folds 5 asks all of them, and takes 5 times as long.");
    }

    private static double Goodness(EpochMeasure metric, CandidateScore one) => metric == EpochMeasure.Loss ? -one.Score!.Value : one.Score!.Value;
}
