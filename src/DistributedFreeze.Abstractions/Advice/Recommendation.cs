using DistributedFreeze.Runs;

namespace DistributedFreeze.Advice;

/// <summary>What is recommended.</summary>
/// <param name="Candidate">Name of the candidate.</param>
/// <param name="Reason">Why, in a sentence or two.</param>
/// <param name="Spec">The run to train.</param>
[GenerateSerializer, Immutable, Alias("df.recommendation")]
public sealed record Recommendation([property: Id(0)] string Candidate, [property: Id(1)] string Reason, [property: Id(2)] RunSpec Spec);
