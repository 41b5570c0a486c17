using System.Collections.Immutable;

namespace DistributedFreeze.Training.Sweeps;

/// <summary>When the trials of a sweep are compared, and how many of them go on. Pure and thread-safe.</summary>
/// <remarks>
/// Successive halving (Jamieson and Talwalkar, AISTATS 2016) with the rungs of ASHA (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020). ASHA lets
/// a trial go on before its rivals have come as far, so that no device waits; which ones go on then depends on time. Here a rung waits for all, so that it doesn't.
/// </remarks>
internal static class Rungs
{
    /// <summary>Epochs after which trials are compared.</summary>
    /// <param name="fromEpoch">The first rung, at least 1.</param>
    /// <param name="factor">Each further one is so many times higher; at least 2.</param>
    /// <param name="mostEpochs">Epochs of the longest trial.</param>
    /// <returns>Ascending, all of them below the longest trial's end.</returns>
    public static ImmutableArray<int> Of(int fromEpoch, int factor, int mostEpochs)
    {
        var rungs = ImmutableArray.CreateBuilder<int>();
        for (long epochs = fromEpoch; epochs < mostEpochs; epochs *= factor)
        {
            rungs.Add((int)epochs);
        }

        return rungs.ToImmutable();
    }

    /// <summary>How many go on.</summary>
    /// <param name="trials">How many have reached the rung.</param>
    /// <param name="factor">One of so many goes on.</param>
    public static int Promoted(int trials, int factor) => (trials + factor - 1) / factor;
}
