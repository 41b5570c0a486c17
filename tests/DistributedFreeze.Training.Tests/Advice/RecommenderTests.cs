using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

/// <summary>100 images, of which each candidate gets the first so many right: by McNemar's exact test, 6 more are distinguishable, 5 are not.</summary>
public sealed class RecommenderTests
{
    private const int Images = 100;

    [Theory]
    [InlineData("head alone", "It costs no more than head on 4 stages, and is as good, and none of the dearer candidates is distinguishably better on these images.", 80, 80, 85, 80)]
    [InlineData("head on 4 stages", "It costs no more than head alone, and is the best of them, though not distinguishably, and none of the dearer candidates is distinguishably better on these images.", 80, 81, 86, 80)]
    [InlineData("head on 4 stages", "It costs no more than head alone, and is distinguishably better, and none of the dearer candidates is distinguishably better on these images.", 80, 86, 86, 91)]
    [InlineData("head alone", "It costs no more than head on 4 stages, and is the best of them, though not distinguishably, and none of the dearer candidates is distinguishably better on these images.", 80, 79, 85, 80)]
    [InlineData("last block", "It is distinguishably better than head on 4 stages and head alone, which cost less, and none of the dearer candidates is distinguishably better on these images.", 80, 81, 87, 92)]
    [InlineData("conv5", "It is distinguishably better than head on 4 stages, head alone and last block, which cost less, and no cheaper one was as good.", 80, 81, 86, 93)]
    [InlineData("last block", "Others are distinguishably better than head alone, which costs less, and none is than this one, and none of the dearer candidates is distinguishably better on these images.", 80, 80, 84, 87)]
    public void WhatCostsMore_MustBeDistinguishablyBetter_AndWhatCostsTheSameBetter(string name, string reason, int alone, int stages, int block, int stage)
    {
        var recommended = Recommender.Of(Answered(("head alone", alone), ("head on 4 stages", stages), ("last block", block), ("conv5", stage)), Comparison());

        Assert.Equal((name, reason), (recommended.Candidate, recommended.Reason));
    }

    [Fact]
    public void WhereOnlyTheHeadAnswered_ItIsTheCheapest()
    {
        var recommended = Recommender.Of(Answered(("head alone", 80)), Comparison());

        Assert.Equal(("head alone", "It is the cheapest; nothing dearer was tried."), (recommended.Candidate, recommended.Reason));
        Assert.Null(recommended.Spec.Model.Head.Inputs);
    }

    [Fact]
    public void OfOnePrice_TheBestAloneIsHeldAgainstWhatCostsMore()
    {
        // The last block beats the better head by 6 to 0, and the other one by 10 to 3, which chance would do.
        var recommended = Recommender.Of(Answered(("head alone", i => i is < 73 or (>= 90 and < 93)), ("head on 4 stages", i => i < 77), ("last block", i => i < 83)), Comparison());

        Assert.Equal("last block", recommended.Candidate);
        Assert.StartsWith("It is distinguishably better than head on 4 stages, which costs less, ", recommended.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("head on 4 stages", 90, 60)]
    [InlineData("head alone", 90, 89)]
    public void TrainingImages_TellHeadsApart_AsMuchAsThoseHeldOut(string name, int stages, int alone)
    {
        var answered = Answered(("head alone", 82), ("head on 4 stages", 80));
        var probed = Answered(("head alone", alone), ("head on 4 stages", stages));

        var recommended = Recommender.Of([.. answered.Zip(probed, (one, probe) => (one.Item1 with { Probed = probe.Item2 }, one.Item2))], Comparison());

        Assert.Equal(name, recommended.Candidate);
        Assert.Contains(", and is the best of them on training images and those held out together, though not distinguishably", recommended.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TheRunThatIsRecommended_IsTheCandidates()
    {
        var recommended = Recommender.Of(Answered(("head alone", 80), ("head on 4 stages", 90)), Comparison());

        Assert.Equal(4, recommended.Spec.Model.Head.Inputs!.Value.Length);
    }

    private static Comparison Comparison() => new(EpochMeasure.Accuracy, classes: 2, seed: 0);

    private static ImmutableArray<(Candidate, ImmutableArray<Answer>)> Answered(params (string Name, int Right)[] scores) =>
        Answered([.. scores.Select(score => (score.Name, (Func<int, bool>)(i => i < score.Right)))]);

    private static ImmutableArray<(Candidate, ImmutableArray<Answer>)> Answered(params (string Name, Func<int, bool> IsRight)[] scores)
    {
        var candidates = Candidate.For(new() { Data = new() { Path = "." }, Output = ".", Phases = [new()] }, LayerTable.For(NetworkGraph.KerasV1), classes: 2);
        return [.. scores.Select(score => (
            candidates.Single(one => one.Name == score.Name),
            Enumerable.Range(0, Images).Select(i => new Answer(Class: i % 2, Said: score.IsRight(i) ? i % 2 : 1 - (i % 2), Loss: 0.5)).ToImmutableArray()))];
    }
}
