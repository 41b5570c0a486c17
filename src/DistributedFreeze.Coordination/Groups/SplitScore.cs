using System.Collections.Immutable;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>How the network did on a whole split.</summary>
/// <param name="Samples">Images, at least 1 where the score is whole.</param>
/// <param name="Loss">Mean loss.</param>
/// <param name="Accuracy">Share classified correctly.</param>
/// <param name="IsWhole">False where the evaluation was stopped.</param>
internal sealed record SplitScore(int Samples, double Loss, double Accuracy, bool IsWhole)
{
    /// <summary>What follows from the answers; null where a replica's silo is of a version that did not count them.</summary>
    public AnswerScores? Answers => Confusion is { Images: > 0 } counted ? AnswerScores.Of(counted) : null;

    /// <summary>Images by class and answer, as far as the last class that appears; null as above.</summary>
    private ConfusionMatrix? Confusion { get; init; }

    /// <summary>Adds the shards in their order, whoever scored them.</summary>
    public static SplitScore Of(IReadOnlyCollection<EvaluationReport> reports)
    {
        var lossSum = 0.0;
        var samples = 0;
        var correct = 0;
        ShardScore[] shards = [.. reports.SelectMany(report => report.Scores).OrderBy(score => score.Shard)];
        foreach (var score in shards)
        {
            lossSum += score.LossSum;
            samples += score.Samples;
            correct += score.Correct;
        }

        return new(samples, lossSum / samples, (double)correct / samples, reports.All(report => !report.Stopped)) { Confusion = Count(shards) };
    }

    /// <summary>Everything that a receipt says of the split.</summary>
    /// <param name="classes">Names of all classes.</param>
    /// <param name="seed">The run's.</param>
    /// <returns>Null where answers were not counted.</returns>
    public SplitMeasures? Measure(ImmutableArray<string> classes, int seed)
    {
        if (Answers is not { } answers || Confusion is not { } confusion)
        {
            return null;
        }

        var interval = AccuracyInterval.Of(confusion.Correct, confusion.Images, seed);
        return new()
        {
            Images = Samples,
            Loss = Loss,
            Accuracy = Accuracy,
            AccuracyLow = interval.Low,
            AccuracyHigh = interval.High,
            BalancedAccuracy = answers.BalancedAccuracy,
            Macro = Averages(answers.Macro),
            Weighted = Averages(answers.Weighted),
            Classes = [.. classes.Select((name, c) => ClassOf(name, answers.Classes.ElementAtOrDefault(c)))], // a class beyond the last that appears has nothing
            Confusion =
            [
                .. confusion.Counts.Select(count => new ConfusedImages(classes[count.Truth], classes[count.Answer], count.Images)),
            ],
        };
    }

    private static ConfusionMatrix? Count(ShardScore[] shards)
    {
        if (shards.Length == 0 || Array.Exists(shards, shard => shard.Answers.IsDefault))
        {
            return null;
        }

        AnswerCount[] counts = [.. shards.SelectMany(shard => shard.Answers)];
        var classes = counts.Select(count => Math.Max(count.Class, count.Answer) + 1).DefaultIfEmpty(1).Max();
        return ConfusionMatrix.Of(counts.Select(count => (count.Class, count.Answer, count.Images)), classes);
    }

    private static ClassMeasures ClassOf(string name, ClassScore score) => new(name, score.Precision, score.Recall, score.F1, score.Support);

    private static AverageMeasures Averages(AverageScore score) => new(score.Precision, score.Recall, score.F1);
}
