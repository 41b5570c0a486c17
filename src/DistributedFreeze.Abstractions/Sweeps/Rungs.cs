using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Sweeps;

/// <summary>When the trials of a sweep are compared, and which of them go on. Pure and thread-safe.</summary>
/// <remarks>
/// Successive halving (Jamieson and Talwalkar, AISTATS 2016) with the rungs of ASHA (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020). ASHA lets
/// a trial go on before its rivals have come as far, so that no device waits; which ones go on then depends on time. Here a rung waits for all, so that it doesn't.
/// </remarks>
public static class Rungs
{
    /// <summary>Epochs after which trials are compared.</summary>
    /// <param name="halving">The first rung, and how many times higher each further one is; null for none.</param>
    /// <param name="mostEpochs">Epochs of the longest trial.</param>
    /// <returns>Ascending, all of them below the longest trial's end.</returns>
    public static ImmutableArray<int> Of(SweepHalving? halving, int mostEpochs)
    {
        var rungs = ImmutableArray.CreateBuilder<int>();
        for (long epochs = halving?.FromEpoch ?? mostEpochs; epochs < mostEpochs; epochs *= halving!.Factor)
        {
            rungs.Add((int)epochs);
        }

        return rungs.ToImmutable();
    }

    /// <summary>How many go on.</summary>
    /// <param name="trials">How many have reached the rung.</param>
    /// <param name="factor">One of so many goes on.</param>
    public static int Promoted(int trials, int factor) => (trials + factor - 1) / factor;

    /// <summary>Which ones go on.</summary>
    /// <param name="metric">By what they are compared.</param>
    /// <param name="trials">Those that have reached the rung, and their phases.</param>
    /// <param name="rung">The epochs that count.</param>
    /// <param name="factor">One of so many goes on.</param>
    /// <returns>Their places, ascending.</returns>
    public static ImmutableArray<int> GoOn(EpochMeasure metric, IReadOnlyList<(TrialResult Result, ImmutableArray<PhaseSpec> Phases)> trials, int rung, int factor)
    {
        ArgumentNullException.ThrowIfNull(trials);
        return [.. TrialScore.Order(metric, trials, rung).Take(Promoted(trials.Count, factor)).Order()];
    }

    /// <summary>The epochs that all trials train together at most: those that are left after a comparison might be the longest.</summary>
    /// <param name="halving">When trials are stopped; null where all are trained whole.</param>
    /// <param name="lengths">Epochs of each trial, over all phases; at least one trial.</param>
    public static long MostEpochs(SweepHalving? halving, IReadOnlyCollection<int> lengths)
    {
        var (all, count, from) = (0L, lengths.Count, 0);
        var longest = lengths.OrderDescending().ToList();
        foreach (var to in Of(halving, longest[0]).Append(int.MaxValue))
        {
            all += longest.Take(count).Sum(length => (long)Math.Max(0, Math.Min(length, to) - from));
            (count, from) = (halving is null ? count : Promoted(count, halving.Factor), to);
        }

        return all;
    }
}
