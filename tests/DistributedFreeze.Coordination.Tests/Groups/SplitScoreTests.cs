using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

public sealed class SplitScoreTests
{
    private static readonly ImmutableArray<string> Classes = ["cat", "dog", "owl", "toad"];

    private static readonly ShardScore[] Shards =
    [
        new(0, 3, 0.1, 2) { Answers = [new(0, 0, 2), new(1, 0, 1)] },
        new(1, 2, 0.2, 1) { Answers = [new(1, 1, 1), new(2, 1, 1)] },
        new(2, 0, 0, 0) { Answers = [] },
        new(3, 4, 0.7, 4) { Answers = [new(0, 0, 1), new(1, 1, 3)] },
    ];

    [Fact]
    public void WhoeverScoredAShard_TheMeasuresAreTheSame()
    {
        var alone = Json(SplitScore.Of([new([.. Shards], Stopped: false)]));
        var apart = Json(SplitScore.Of([new([Shards[1], Shards[3]], Stopped: false), new([Shards[0], Shards[2]], Stopped: false)]));

        Assert.Equal(alone, apart);
    }

    [Fact]
    public void Measures_FollowFromTheCounts()
    {
        var measures = SplitScore.Of([new([.. Shards], Stopped: false)]).Measure(Classes, seed: 0)!;

        Assert.Equal((9, 1.0 / 9, 7.0 / 9), (measures.Images, measures.Loss, measures.Accuracy));
        Assert.InRange(measures.Accuracy, measures.AccuracyLow, measures.AccuracyHigh);
        Assert.Equal(Classes, measures.Classes.Select(one => one.Class));
        Assert.Equal(new("cat", 3 / 4.0, 1, 6 / 7.0, 3), measures.Classes[0]);
        Assert.Equal(new("owl", 0, 0, 0, 1), measures.Classes[2]);
        Assert.Equal(new("toad", 0, 0, 0, 0), measures.Classes[3]);
        Assert.Equal((1 + 0.8 + 0) / 3, measures.BalancedAccuracy, 1e-15);
        Assert.Equal([new("cat", "cat", 3), new("dog", "cat", 1), new("dog", "dog", 4), new("owl", "dog", 1)], measures.Confusion);
    }

    [Fact]
    public void AReplicaThatCountsNoAnswers_LeavesLossAndAccuracy()
    {
        var score = SplitScore.Of([new([Shards[0]], Stopped: false), new([new(1, 2, 0.2, 1)], Stopped: false)]);

        Assert.Null(score.Measure(Classes, seed: 0));
        Assert.Null(score.Answers);
        Assert.Equal((5, 0.6), (score.Samples, score.Accuracy));
    }

    private static string Json(SplitScore score) => JsonSerializer.Serialize(score.Measure(Classes, seed: 3), RunJson.Compact);
}
