using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

public sealed class ComparisonTests
{
    private const int Images = 100;

    [Theory]
    [InlineData(EpochMeasure.Accuracy)]
    [InlineData(EpochMeasure.BalancedAccuracy)]
    [InlineData(EpochMeasure.MacroF1)]
    [InlineData(EpochMeasure.Loss)]
    public void WhatIsClearlyBetter_IsDistinguishable_AndWhatIsAsGoodIsNot(EpochMeasure measure)
    {
        var comparison = new Comparison(measure, classes: 2, seed: 1);
        var (good, bad, other) = (Wrong(i => i < 10), Wrong(i => i < 40), Wrong(i => i is >= 1 and < 11));

        var gain = comparison.GainOf(good, bad);
        var loss = comparison.GainOf(bad, good);
        var none = comparison.GainOf(good, other);

        Assert.True(gain is { IsDistinguishable: true, Value: > 0.2, Low: > 0 }, gain.ToString());
        Assert.True(loss is { IsDistinguishable: true, Value: < -0.2, High: < 0 }, loss.ToString());
        Assert.True(none is { IsDistinguishable: false, Low: <= 0, High: >= 0 }, none.ToString());
    }

    [Theory]
    [InlineData(EpochMeasure.Accuracy, 0.9)]
    [InlineData(EpochMeasure.BalancedAccuracy, 0.9)]
    [InlineData(EpochMeasure.Loss, 0.33)]
    public void AScore_LiesInItsInterval_WhichIsTheSameForTheSameSeed(EpochMeasure measure, double value)
    {
        var answers = Wrong(i => i < 10);

        var score = new Comparison(measure, classes: 2, seed: 1).ScoreOf(answers);

        Assert.Equal(value, score.Value, 1e-12);
        Assert.InRange(score.Value, score.Low, score.High);
        Assert.InRange(score.High - score.Low, 0.08, 0.2);
        Assert.Equal(score, new Comparison(measure, classes: 2, seed: 1).ScoreOf([.. answers]));
        Assert.NotEqual(score, new Comparison(measure, classes: 2, seed: 2).ScoreOf(answers));
    }

    [Fact]
    public void AnswersToOtherImages_AreNotPaired()
    {
        var answers = Wrong(i => i < 10);

        Assert.Throws<ArgumentException>(() => new Comparison(EpochMeasure.Accuracy, 2, 1).GainOf(answers, answers[..50]));
    }

    /// <summary>Images of two classes in turn; a wrong answer costs 1.5, a right one 0.2.</summary>
    private static ImmutableArray<Answer> Wrong(Func<int, bool> isWrong) =>
        [.. Enumerable.Range(0, Images).Select(i => new Answer(i % 2, isWrong(i) ? 1 - (i % 2) : i % 2, isWrong(i) ? 1.5 : 0.2))];
}
