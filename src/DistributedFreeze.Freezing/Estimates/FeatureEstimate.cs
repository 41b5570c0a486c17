using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Estimates;

/// <summary>Predicts epochs with features kept and without, and chooses; the choice never changes a bit of the result.</summary>
/// <remarks>
/// <para>Pure and thread-safe. Phases are decided in order: one keeps its features where that saves more in its own later epochs and
/// in the phases that its pass gives features to than keeping costs.</para>
/// <para>What is left out: that some of the decoded pixels may stay in memory, that a deeper prefix may go on from kept features, and other
/// runs.</para>
/// </remarks>
public static class FeatureEstimate
{
    /// <summary>Another replica has to save at least this share of the time to be worth it.</summary>
    private const double WorthIt = 0.05;

    /// <summary>Predicts a run.</summary>
    /// <param name="rates">What was measured.</param>
    /// <param name="load">What there is to do.</param>
    /// <param name="replicas">The run's replicas, at least 1; null takes the suggested number.</param>
    /// <param name="mode">Who decides; <see cref="FeatureCacheMode.Auto"/> leaves it to the prediction.</param>
    public static RunEstimate Of(MeasuredRates rates, RunLoad load, int? replicas, FeatureCacheMode mode)
    {
        var most = Math.Clamp((int)load.Processors, 1, load.Shards);
        var suggested = (Replicas: 1, Choice: Choose(rates, load, 1, mode));
        foreach (var count in Enumerable.Range(2, most - 1))
        {
            var choice = Choose(rates, load, count, mode);
            if (choice.Seconds < (1 - WorthIt) * suggested.Choice.Seconds)
            {
                suggested = (count, choice);
            }
        }

        var own = replicas is { } wanted && wanted != suggested.Replicas ? Choose(rates, load, wanted, mode) : suggested.Choice;
        return new(own.Phases, replicas ?? suggested.Replicas, own.Seconds, suggested.Replicas, suggested.Choice.Seconds) { DecodeLimits = own.Limits };
    }

    private static (ImmutableArray<PhaseEstimate> Phases, double Seconds, ImmutableArray<DecodeLimit> Limits) Choose(
        MeasuredRates rates, RunLoad load, int replicas, FeatureCacheMode mode)
    {
        var choice = new PhaseChoice(rates, load, replicas, mode);
        ImmutableArray<PhaseEstimate> phases = [.. Enumerable.Range(0, load.Phases.Length).Select(choice.Next)];
        return (phases, phases.Sum(phase => phase.Seconds) + choice.TestSeconds, [.. choice.DecodeLimits]);
    }
}
