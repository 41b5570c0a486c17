using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using DistributedFreeze.Advice;
using DistributedFreeze.Benchmarks.Defaults;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Training.Advice;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Advice;

/// <summary>Advice beside an exhaustive search: every candidate is trained whole with several seeds, and its test images say which one should have been recommended.</summary>
/// <remarks>
/// Advice never looks at test images. Whatever is done is added to a file, a line each, and is not done again. Nothing but the seconds depends on the
/// machine.
/// </remarks>
internal sealed class AdviceBenchmark(DefaultsOptions options, ImmutableArray<int?> folds, Action<string> progress)
{
    public async Task<(Table Advice, Table Candidates)> RunAsync()
    {
        var folder = Directory.CreateDirectory(options.Folder).FullName;
        var (answers, runs) = (new LineFile<AdviceAnswer>(Path.Combine(folder, "advice.jsonl")), new LineFile<CandidateRun>(Path.Combine(folder, "candidates.jsonl")));
        using var stores = new FeatureStores();
        foreach (var set in ImageSets.Of(options.Sets, folder, options.Weights, options.Photographs))
        {
            var spec = Recipe.New.For(set, new Freezing.FreezePolicy.None(), seed: 0, Path.Combine(folder, "run"), Path.Combine(folder, "features"));
            foreach (var parts in folds.Where(parts => !answers.Lines.Any(answer => (answer.Set, answer.Folds) == (set.Name, parts))))
            {
                var began = Stopwatch.GetTimestamp();
                var advice = new Adviser(new() { Spec = spec, Folds = parts }, _ => { }).Run(CancellationToken.None);
                answers.Add(AdviceAnswer.Of(set.Name, parts, advice, Stopwatch.GetElapsedTime(began).TotalSeconds));
                progress(answers.Lines[^1].ToString());
            }

            var first = answers.Lines.First(answer => answer.Set == set.Name);
            foreach (var candidate in Candidate.For(spec, LayerTable.For(spec.Model), DataSet.Scan(spec.Data, spec.Seed).Classes.Length, first.Block, new(first.Inputs, [], HeadAnswers.None)))
            {
                for (var seed = 0; seed < options.Seeds; seed++)
                {
                    if (!runs.Lines.Any(run => (run.Set, run.Candidate, run.Seed) == (set.Name, candidate.Name, seed)))
                    {
                        var receipt = await LocalTraining.RunAsync(candidate.Spec with { Seed = seed }, stores, options.Replicas);
                        runs.Add(new(set.Name, candidate.Name, candidate.Cost, seed, receipt.TestAccuracy!.Value));
                        progress(runs.Lines[^1].ToString());
                    }
                }
            }
        }

        return (Advice(answers.Lines, runs.Lines), Candidates(runs.Lines));
    }

    private static Table Advice(IEnumerable<AdviceAnswer> answers, IReadOnlyList<CandidateRun> runs)
    {
        var table = new Table { Border = TableBorder.Markdown };
        table.AddColumns("images", "judged by", "recommended", "its test accuracy", "best candidate", "its test accuracy", "behind, points", "seconds");
        foreach (var answer in answers)
        {
            var means = runs.Where(run => run.Set == answer.Set).GroupBy(run => run.Candidate).ToDictionary(one => one.Key, one => one.Average(run => run.TestAccuracy));
            var best = means.MaxBy(one => one.Value);
            table.AddRow(
                answer.Set,
                answer.Folds is { } parts ? Text($"{parts} folds") : "validation",
                answer.Recommended,
                Text($"{means[answer.Recommended]:F3}"),
                best.Key,
                Text($"{best.Value:F3}"),
                Text($"{100 * (best.Value - means[answer.Recommended]):F1}"),
                Text($"{answer.Seconds:F0}"));
        }

        return table;
    }

    private static Table Candidates(IEnumerable<CandidateRun> runs)
    {
        var table = new Table { Border = TableBorder.Markdown };
        table.AddColumns("images", "unfrozen", "billion multiply-adds an image", "seeds", "test accuracy (least..most)");
        foreach (var one in runs.GroupBy(run => (run.Set, run.Candidate, run.Cost)))
        {
            table.AddRow(
                one.Key.Set,
                one.Key.Candidate,
                Text($"{one.Key.Cost / 1e9:F1}"),
                Text($"{one.Count()}"),
                Text($"{one.Average(run => run.TestAccuracy):F3} ({one.Min(run => run.TestAccuracy):F3}..{one.Max(run => run.TestAccuracy):F3})"));
        }

        return table;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What was advised of one set.</summary>
    private sealed record AdviceAnswer(string Set, int? Folds, string Recommended, string? Block, ImmutableArray<string> Inputs, double Seconds, ImmutableArray<BlockGradient> Gradients)
    {
        private const string Alone = " alone";

        public static AdviceAnswer Of(string set, int? folds, AdviceResult advice, double seconds) => new(
            set,
            folds,
            advice.Recommendation!.Candidate,
            advice.Candidates.Select(one => one.Name).FirstOrDefault(name => name != Candidate.HeadAlone && name.EndsWith(Alone, StringComparison.Ordinal))?[..^Alone.Length],
            advice.Selection?.Layers ?? [],
            seconds,
            advice.Gradients);
    }

    /// <summary>A whole run of one candidate.</summary>
    private sealed record CandidateRun(string Set, string Candidate, double Cost, int Seed, double TestAccuracy);
}
