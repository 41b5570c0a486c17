using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using TorchSharp;

namespace DistributedFreeze.Training.Advice;

/// <summary>What short and full runs take, by rates measured here.</summary>
internal static class RunCost
{
    /// <summary>Measures a candidate for some seconds, on the calling thread.</summary>
    /// <param name="trial">Receives the estimates.</param>
    /// <param name="workspace">Images, weights and cache.</param>
    /// <param name="device">Where it trains.</param>
    public static void Measure(Trial trial, RunWorkspace workspace, torch.Device device)
    {
        var threads = torch.get_num_threads();
        torch.set_num_threads(workspace.Run.Spec.ThreadsPerReplica);
        try
        {
            using var scope = torch.NewDisposeScope();
            using var run = workspace.Lend(Trial.Short(trial.Candidate.Spec), workspace.Run.Data);
            var (rates, estimate) = run.Forecast.Measure(workspace.Run.Spec.Replicas, device);
            trial.Estimate = estimate;
            trial.EpochSeconds = (workspace.Run.Data.Train.Length / rates.Phases[^1].Tail) + (workspace.Run.Schedule.StepsPerEpoch * rates.Phases[^1].StepSeconds);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    /// <summary>Leaves out the candidates that take the longest until the rest fits. Those that leave the base frozen always stay.</summary>
    /// <param name="trials">The candidates.</param>
    /// <param name="budget">About how long they may take.</param>
    /// <param name="splits">In how many ways the images are divided.</param>
    /// <param name="threads">How many short runs train at a time.</param>
    public static void Fit(ImmutableArray<Trial> trials, TimeSpan budget, int splits, int threads)
    {
        while (trials.Where(trial => trial.NotTried is null && !trial.Candidate.IsBaseFrozen).ToList() is { Count: > 0 } rest)
        {
            var rounds = Halving.Rounds(rest.Count, rest.Max(trial => trial.FullEpochs));
            var heads = trials.Where(trial => trial.NotTried is null && trial.Candidate.IsBaseFrozen);
            if ((OfHeads(heads, splits) + Of(rounds, [.. rest.Select(trial => trial.EpochSeconds)], splits)) / threads <= budget.TotalSeconds)
            {
                return;
            }

            var longest = rest.MaxBy(trial => trial.EpochSeconds)!;
            longest.NotTried = $"it would take {Amount.Duration(rounds[0].Epochs * longest.EpochSeconds * splits)} or more";
        }
    }

    /// <summary>Seconds of heads on a frozen base on one thread, each trained whole.</summary>
    /// <param name="heads">The heads.</param>
    /// <param name="splits">In how many ways the images are divided.</param>
    public static double OfHeads(IEnumerable<Trial> heads, int splits) => splits * heads.Sum(head => head.EpochSeconds * head.FullEpochs);

    /// <summary>Seconds of all rounds on one thread, at most: those that take the longest might be the best.</summary>
    /// <param name="rounds">The rounds.</param>
    /// <param name="epochSeconds">Seconds of an epoch, of each candidate.</param>
    /// <param name="splits">In how many ways the images are divided.</param>
    public static double Of(ImmutableArray<(int Candidates, int Epochs)> rounds, IReadOnlyList<double> epochSeconds, int splits)
    {
        var (seconds, trained) = (0.0, 0);
        double[] longest = [.. epochSeconds.OrderDescending()];
        foreach (var (candidates, epochs) in rounds)
        {
            seconds += longest.Take(candidates).Sum() * (epochs - trained) * splits;
            trained = epochs;
        }

        return seconds;
    }
}
