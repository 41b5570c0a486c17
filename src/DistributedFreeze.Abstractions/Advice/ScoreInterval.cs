namespace DistributedFreeze.Advice;

/// <summary>A score and its 95 % interval.</summary>
/// <param name="Value">The score.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
[GenerateSerializer, Immutable, Alias("df.score-interval")]
public sealed record ScoreInterval([property: Id(0)] double Value, [property: Id(1)] double Low, [property: Id(2)] double High);
