using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Estimates;

/// <summary>What a run is predicted to take.</summary>
/// <param name="Phases">Each phase, in order.</param>
/// <param name="Replicas">The replicas that it is predicted for.</param>
/// <param name="Seconds">All phases and the test.</param>
/// <param name="SuggestedReplicas">The fewest replicas than which no other number is clearly faster.</param>
/// <param name="SuggestedSeconds">All phases and the test on those.</param>
public sealed record RunEstimate(
    ImmutableArray<PhaseEstimate> Phases, int Replicas, double Seconds, int SuggestedReplicas, double SuggestedSeconds)
{
    /// <summary>The phases on these replicas for which decoding is too slow.</summary>
    public ImmutableArray<DecodeLimit> DecodeLimits { get; init; } = [];
}
