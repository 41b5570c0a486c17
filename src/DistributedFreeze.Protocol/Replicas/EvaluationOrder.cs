using System.Collections.Immutable;

namespace DistributedFreeze.Replicas;

/// <summary>Part of the data set that is only looked at.</summary>
public enum EvaluationSplit
{
    /// <summary>After every epoch.</summary>
    Validation = 0,

    /// <summary>Once, at the end.</summary>
    Test = 1,
}

/// <summary>How the network did on one shard of a split.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Samples">Images of the split in the shard.</param>
/// <param name="LossSum">Sum of their losses, added in image order.</param>
/// <param name="Correct">How many were classified correctly.</param>
[GenerateSerializer, Immutable, Alias("df.shard-score")]
public readonly record struct ShardScore(
    [property: Id(0)] int Shard,
    [property: Id(1)] int Samples,
    [property: Id(2)] double LossSum,
    [property: Id(3)] int Correct)
{
    /// <summary>Images of the shard by class and answer, by class, then answer, none of them empty; default from a silo of a version that did not count them.</summary>
    [Id(4)] public ImmutableArray<AnswerCount> Answers { get; init; }
}

/// <summary>Images of one class that were given one answer.</summary>
/// <param name="Class">Number of the class.</param>
/// <param name="Answer">Number of the class that was answered.</param>
/// <param name="Images">How many, at least 1.</param>
[GenerateSerializer, Immutable, Alias("df.answer-count")]
public readonly record struct AnswerCount([property: Id(0)] int Class, [property: Id(1)] int Answer, [property: Id(2)] long Images);

/// <summary>Scores of the shards that one replica holds, ascending.</summary>
/// <param name="Scores">One per shard.</param>
/// <param name="Stopped">True where it ended early because someone asked for it; the scores are then incomplete.</param>
[GenerateSerializer, Immutable, Alias("df.evaluation-report")]
public sealed record EvaluationReport([property: Id(0)] ImmutableArray<ShardScore> Scores, [property: Id(1)] bool Stopped)
{
    /// <summary>
    /// Which of the run's states was scored, counted over steps and phases' ends; -1 for none of them, null from a silo that does not say.
    /// </summary>
    [Id(2)] public long? StateNumber { get; init; }
}
