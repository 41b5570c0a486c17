using DistributedFreeze.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>How the network did on a whole split.</summary>
/// <param name="Samples">Images, at least 1 where the score is whole.</param>
/// <param name="Loss">Mean loss.</param>
/// <param name="Accuracy">Share classified correctly.</param>
/// <param name="IsWhole">False where the evaluation was stopped.</param>
internal sealed record SplitScore(int Samples, double Loss, double Accuracy, bool IsWhole)
{
    /// <summary>Adds the shards in their order, whoever scored them.</summary>
    public static SplitScore Of(IReadOnlyCollection<EvaluationReport> reports)
    {
        var lossSum = 0.0;
        var samples = 0;
        var correct = 0;
        foreach (var score in reports.SelectMany(report => report.Scores).OrderBy(score => score.Shard))
        {
            lossSum += score.LossSum;
            samples += score.Samples;
            correct += score.Correct;
        }

        return new(samples, lossSum / samples, (double)correct / samples, reports.All(report => !report.Stopped));
    }
}
