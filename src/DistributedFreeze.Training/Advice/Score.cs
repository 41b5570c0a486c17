using DistributedFreeze.Evaluation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

/// <summary>How good answers are, by a measure. Pure and thread-safe.</summary>
internal static class Score
{
    /// <param name="measure">By what.</param>
    /// <param name="answers">At least one.</param>
    /// <param name="classes">Number of classes.</param>
    public static double Of(EpochMeasure measure, IReadOnlyList<Answer> answers, int classes)
    {
        if (measure == EpochMeasure.Loss)
        {
            return answers.Average(answer => answer.Loss);
        }

        var scores = AnswerScores.Of(ConfusionMatrix.Of([.. answers.Select(answer => answer.Class)], [.. answers.Select(answer => answer.Said)], classes));
        return measure switch
        {
            EpochMeasure.Accuracy => scores.Accuracy,
            EpochMeasure.BalancedAccuracy => scores.BalancedAccuracy,
            EpochMeasure.MacroF1 => scores.Macro.F1,
            _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "There is no such measure."),
        };
    }

    /// <summary>How much better one is than another: above 0 where it is, also where less is better.</summary>
    public static double Gain(EpochMeasure measure, double score, double other) => measure == EpochMeasure.Loss ? other - score : score - other;
}
