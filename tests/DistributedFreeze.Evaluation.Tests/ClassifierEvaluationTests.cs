using System.Collections.Immutable;

namespace DistributedFreeze.Evaluation;

public sealed class ClassifierEvaluationTests
{
    private static readonly ImmutableArray<string> Classes = ["a", "b", "c"];

    [Fact]
    public void AnAbsentClass_HasNoArea_AndNoWeightInAverages()
    {
        var evaluation = Of((0, [0.9f, 0.1f, 0]), (1, [0.2f, 0.8f, 0]), (1, [0.6f, 0.4f, 0]));

        Assert.Equal([1, 1, null], evaluation.RocAuc);
        Assert.Equal(1, evaluation.MacroRocAuc);
        Assert.Equal(new ClassScore(0, 0, 0, 0), evaluation.Scores.Classes[2]);
        Assert.Equal(0.75, evaluation.Scores.BalancedAccuracy);
        Assert.Equal(0.75, evaluation.Scores.Macro.Recall);
    }

    [Fact]
    public void AClassThatIsOnlyAnswered_CountsInMacro_AndNotInBalancedAccuracy()
    {
        var evaluation = Of((0, [0.9f, 0.1f, 0]), (1, [0.2f, 0.1f, 0.7f]));

        Assert.Equal(0.5, evaluation.Scores.BalancedAccuracy);
        Assert.Equal(1 / 3.0, evaluation.Scores.Macro.Recall, 1e-15);
    }

    [Fact]
    public void OneImage_HasEveryMeasureButAreas()
    {
        var evaluation = Of((0, [0.25f, 0.5f, 0.25f]));

        Assert.Equal(0, evaluation.Scores.Accuracy);
        Assert.Equal(Math.Log(4), evaluation.Loss, 1e-15);
        Assert.Equal((0.75 * 0.75) + (0.5 * 0.5) + (0.25 * 0.25), evaluation.BrierScore);
        Assert.Equal(0.5, evaluation.Calibration.ExpectedError);
        Assert.Equal([null, null, null], evaluation.RocAuc);
        Assert.Null(evaluation.MacroRocAuc);
    }

    [Fact]
    public void AProbabilityOfZero_CostsWhatScikitLearnSays() =>
        Assert.Equal(36.04365338911715, Of((0, [0, 1, 0])).Loss, 1e-12); // sklearn.metrics.log_loss([0], [[0, 1, 0]], labels=[0, 1, 2])

    [Fact]
    public void AProbabilityOnTheEdgeOfABin_IsInTheBinBelow()
    {
        var bins = Calibration.Of([new("half", 0, [0.5f, 0.5f]), new("sure", 0, [1, 0]), new("fifth", 0, [0.75f, 0.25f])]).Bins;

        Assert.Equal(15, bins.Length);
        Assert.Equal(1, bins[14].Images);
        Assert.Equal(1, bins[7].Images);
        Assert.Equal(1, bins[11].Images);
        Assert.Equal(0, bins[0].Above);
        Assert.Equal(1, bins[14].UpTo);
    }

    [Fact]
    public void Mistakes_ComeSurestFirst_AndEqualOnesByName()
    {
        var evaluation = ClassifierEvaluation.Of(
            Classes,
            [
                new("d", 0, [0.25f, 0.5f, 0.25f]), new("b", 0, [0.125f, 0.75f, 0.125f]), new("right", 0, [1, 0, 0]), new("a", 0, [0.125f, 0.125f, 0.75f]),
            ],
            seed: 0);

        Assert.Equal(["a", "b", "d"], evaluation.SurestMistakes(9).Select(image => image.Name));
        Assert.Equal(["d", "a", "b"], evaluation.LeastCertain(3).Select(image => image.Name));
    }

    [Fact]
    public void WhatIsNoProbability_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new ClassifiedImage("nan", 0, [float.NaN, 1]));
        Assert.Throws<ArgumentException>(() => new ClassifiedImage("more", 0, [2, 0]));
        Assert.Throws<ArgumentException>(() => new ClassifiedImage("none", 0, [0, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassifiedImage("class", 2, [0, 1]));
        Assert.Throws<ArgumentException>(() => RocAuc.Of([float.NaN, 1], [true, false]));
        Assert.Throws<ArgumentException>(() => ClassifierEvaluation.Of(Classes, [], seed: 0));
        Assert.Throws<ArgumentException>(() => ClassifierEvaluation.Of(Classes, [new("two", 0, [0.5f, 0.5f])], seed: 0));
    }

    [Fact]
    public void CountsOfOthers_GiveTheSameScores()
    {
        var counted = ConfusionMatrix.Of([0, 0, 1, 2], [0, 1, 1, 1], classes: 3);
        var taken = ConfusionMatrix.Of([(0, 1, 1), (0, 0, 1), (2, 1, 1), (1, 1, 0), (1, 1, 1)], classes: 3);

        Assert.Equal(AnswerScores.Of(counted).Classes, AnswerScores.Of(taken).Classes);
        Assert.Equal((4, 2, 3), (taken.Images, taken.Correct, taken.Answered(1)));
        Assert.Equal([(0, 0, 1), (0, 1, 1), (1, 1, 1), (2, 1, 1)], taken.Counts);
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfusionMatrix.Of([(0, 1, 1)], classes: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfusionMatrix.Of([(0, 0, -1)], classes: 1));
        Assert.Throws<ArgumentException>(() => AnswerScores.Of(ConfusionMatrix.Of([(0, 0, 0)], classes: 1)));
    }

    private static ClassifierEvaluation Of(params (int Class, float[] Probabilities)[] images) =>
        ClassifierEvaluation.Of(Classes, images.Select((image, i) => new ClassifiedImage($"{i}", image.Class, [.. image.Probabilities])), seed: 0);

    /// <summary>A square of a million classes would take 8 TB.</summary>
    [Fact]
    public void WithAMillionClasses_OnlyWhatWasCountedTakesMemory()
    {
        const int Classes = 1_000_000;

        var scores = AnswerScores.Of(ConfusionMatrix.Of([(Classes - 1, Classes - 1, 3), (Classes - 1, 0, 1)], Classes));

        Assert.Equal((0.75, 0.75, 4), (scores.Accuracy, scores.Classes[^1].Recall, scores.Classes[^1].Support));
    }
}
