using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Data;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Evaluate;

/// <summary>A run, and how good its model is.</summary>
internal sealed record ComparedRun(string Path, Receipt Receipt, ClassifierEvaluation Evaluation);

/// <summary>A comparison as <c>--json</c> prints it. It grows; members keep their meaning.</summary>
internal sealed record CompareDocument(
    int Images, ImmutableArray<RunResult> Runs, ImmutableArray<SpecDifference> Differences, ImmutableArray<PairResult> Pairs)
{
    // Where a run writes tells it from another one, and says nothing of it.
    private static readonly string[] Told = ["output"];

    public static CompareDocument Of(ImmutableArray<ComparedRun> runs, EvaluationImages images) => new(
        images.Images.Length,
        [.. runs.Select(run => RunResult.Of(run.Path, run.Receipt, run.Evaluation))],
        Differing([.. runs.Select(run => Flat(run.Receipt.Spec))]),
        [
            .. from first in Enumerable.Range(0, runs.Length)
               from second in Enumerable.Range(first + 1, runs.Length - first - 1)
               select PairResult.Of(runs[first], runs[second]),
        ]);

    private static ImmutableArray<SpecDifference> Differing(IReadOnlyList<Dictionary<string, JsonNode?>> specs) =>
    [
        .. specs.SelectMany(spec => spec.Keys).Distinct().Except(Told)
            .Select(field => new SpecDifference(field, [.. specs.Select(spec => spec.GetValueOrDefault(field))]))
            .Where(field => field.Values.Any(value => !JsonNode.DeepEquals(value, field.Values[0]))),
    ];

    private static Dictionary<string, JsonNode?> Flat(RunSpec spec)
    {
        var flat = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        Add("", JsonSerializer.SerializeToNode(spec, RunJson.Compact));
        return flat;

        void Add(string path, JsonNode? node)
        {
            switch (node)
            {
                case JsonObject members:
                    foreach (var (name, value) in members)
                    {
                        Add(path.Length == 0 ? name : $"{path}.{name}", value);
                    }

                    break;
                case JsonArray { Count: > 0 } items when items[0] is JsonObject:
                    for (var i = 0; i < items.Count; i++)
                    {
                        Add(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), items[i]);
                    }

                    break;
                default:
                    flat[path] = node?.DeepClone();
                    break;
            }
        }
    }
}

/// <summary>What came of a run.</summary>
internal sealed record RunResult(
    string Path, string RunId, string ModelSha256, double Accuracy, double AccuracyLow, double AccuracyHigh, double BalancedAccuracy, double MacroF1, double Loss,
    double ExpectedCalibrationError, double Seconds)
{
    public static RunResult Of(string path, Receipt receipt, ClassifierEvaluation evaluation) => new(
        path, receipt.RunId, receipt.ModelSha256, evaluation.Scores.Accuracy, evaluation.AccuracyInterval.Low, evaluation.AccuracyInterval.High,
        evaluation.Scores.BalancedAccuracy, evaluation.Scores.Macro.F1, evaluation.Loss, evaluation.Calibration.ExpectedError, receipt.Seconds);
}

/// <summary>A field of the specs that is not the same in all.</summary>
/// <param name="Field">Its name in a receipt.</param>
/// <param name="Values">Of each run; null where it has none.</param>
internal sealed record SpecDifference(string Field, ImmutableArray<JsonNode?> Values);

/// <summary>Two runs on the same images.</summary>
internal sealed record PairResult(string First, string Second, long OnlyFirst, long OnlySecond, double P, bool IsDifference)
{
    public static PairResult Of(ComparedRun first, ComparedRun second)
    {
        var test = McNemar.Of(first.Evaluation.Images, second.Evaluation.Images);
        return new(first.Path, second.Path, test.OnlyFirst, test.OnlySecond, test.P, test.IsDifference);
    }
}
