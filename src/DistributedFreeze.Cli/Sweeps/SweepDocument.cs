using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs.Sweeps;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>What a sweep came to, as <c>sweep.json</c> and <c>--json</c> have it. Immutable.</summary>
internal sealed record SweepDocument
{
    /// <summary>The sweep's name.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 over what was asked.</summary>
    public required string Key { get; init; }

    /// <summary>By what trials are compared.</summary>
    public required EpochMeasure Metric { get; init; }

    /// <summary>When trials are stopped; null where all are trained whole.</summary>
    public SweepHalving? Halving { get; init; }

    /// <summary>Paths of the fields that differ.</summary>
    public required ImmutableArray<string> Fields { get; init; }

    /// <summary>Whether every trial has ended.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>The trials: those that were trained whole first, each from the best to the worst.</summary>
    public required ImmutableArray<TrialDocument> Trials { get; init; }

    /// <summary>The best trial, kept as a run of its own; null where it is not yet.</summary>
    public BestRun? Best { get; init; }

    /// <summary>Why no trial was trained whole, where all have ended.</summary>
    [JsonIgnore]
    public string WhyNoneIsWhole => "No trial of the sweep was trained whole: "
        + (Trials.Where(trial => trial.Result.Reason is not null).MaxBy(trial => trial.Result.Epochs.Length) is { } ended
            ? $"{ended.Name}: {ended.Result.Reason}"
            : "all of them were stopped");

    /// <summary>Why this cannot be what such a sweep has written, though it has all fields.</summary>
    /// <param name="sweep">What was asked.</param>
    /// <returns>Null where it can.</returns>
    public string? WhyNot(Sweep sweep)
    {
        if (Key != sweep.Key)
        {
            return Key is null ? "it has no key" : null; // another sweep's, which is told by its name
        }

        if (Trials.IsDefault || Trials.Any(trial => trial is not { Key: not null, Result: not null }))
        {
            return "it has a trial without a key or a result";
        }

        var phases = sweep.Trials.ToDictionary(trial => trial.Key, trial => trial.Spec.Phases.Length, StringComparer.Ordinal);
        return Trials.Select(trial => trial.Key).Distinct(StringComparer.Ordinal).Count() < Trials.Length ? "it has a trial twice"
            : Trials.FirstOrDefault(trial => !IsWhole(trial, phases.GetValueOrDefault(trial.Key))) is { } wrong ? $"what it says of {wrong.Name} cannot be"
            : null;

        static bool IsWhole(TrialDocument trial, int phases) =>
            !trial.Result.Epochs.IsDefault && trial.Result.Epochs.All(epoch => epoch is not null && epoch.Phase >= 0 && epoch.Phase < phases)
            && (trial.Result.State != TrialState.Finished || trial.Result is { ModelSha256: not null, Epochs.IsEmpty: false });
    }

    /// <summary>Puts together what is known.</summary>
    /// <param name="sweep">What was asked.</param>
    /// <param name="results">What is known of every trial, in their order.</param>
    public static SweepDocument Of(Sweep sweep, ImmutableArray<TrialResult> results)
    {
        var ranking = TrialScore.Ranking(sweep.Metric, [.. sweep.Trials.Zip(results, (trial, result) => (result, trial.Spec.Phases))]);
        return new()
        {
            Name = sweep.Name,
            Key = sweep.Key,
            Metric = sweep.Metric,
            Halving = sweep.Halving,
            Fields = sweep.Fields,
            IsWhole = results.All(result => result.IsOver),
            Trials = [.. ranking.Select(i => TrialDocument.Of(sweep, i, results[i]))],
        };
    }
}

/// <summary>What a trial came to. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Key">SHA-256 over its spec.</param>
/// <param name="Values">The values of the fields that differ.</param>
/// <param name="Score">Its measure on the validation images; null before its first epoch.</param>
/// <param name="Epoch">The epoch that was so, from 1 over all phases; null likewise.</param>
/// <param name="Result">All that is known.</param>
internal sealed record TrialDocument(string Name, string Key, ImmutableArray<string> Values, double? Score, int? Epoch, TrialResult Result)
{
    /// <summary>The id of its run on a cluster; null on this machine.</summary>
    public string? RunId { get; init; }

    public static TrialDocument Of(Sweep sweep, int number, TrialResult result)
    {
        var trial = sweep.Trials[number];
        var kept = result.Epochs.IsEmpty || result.State == TrialState.Failed ? null : TrialScore.Kept(result.Epochs, trial.Spec.Phases);
        return new(trial.Name, trial.Key, trial.Values, kept is null ? null : TrialScore.Of(sweep.Metric, kept), kept is null ? null : result.Epochs.IndexOf(kept) + 1, result);
    }
}

/// <summary>The best trial, trained once more as a run of its own. Immutable.</summary>
/// <param name="Trial">The trial's name.</param>
/// <param name="Output">The run's folder.</param>
/// <param name="ModelSha256">SHA-256 of its tensors: the trial's.</param>
/// <param name="Test">How it did on the test images; null where there are none.</param>
internal sealed record BestRun(string Trial, string Output, string ModelSha256, SplitMeasures? Test);
