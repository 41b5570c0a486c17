using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>What the replicas' positions say after a loss: the furthest one is the truth, if those who stand there hold the same state.</summary>
/// <param name="Progress">Where the run stands; null where no replica has a state that can be believed.</param>
/// <param name="Current">Indices of the replicas that stand there.</param>
/// <param name="Doubt">Why replicas that claim a state are not believed; null where none is doubted.</param>
internal sealed record Survey(RunProgress? Progress, ImmutableArray<int> Current, string? Doubt = null)
{
    /// <param name="positions">The replicas' positions; null for one that has none.</param>
    /// <param name="known">Where the run was known to stand, with every epoch: it may be ahead of every position by a scored epoch or an opened phase.</param>
    /// <param name="phases">The run's phases.</param>
    public static Survey Of(IReadOnlyList<ReplicaPosition?> positions, RunProgress known, ImmutableArray<PhaseSpec> phases)
    {
        var claims = positions
            .Select((position, index) => (Position: position, Index: index))
            .Where(claim => claim.Position is { StateHash: not null })
            .Select(claim => (Stand: EpochHistory.Whole(Stand(claim.Position!), known.Epochs)!, claim.Position!.StateHash, claim.Position.StepsPerEpoch, claim.Index))
            .Where(claim => claim.Stand is not null) // a state that is ahead of a history which nobody has any more is as good as lost
            .ToList();
        if (claims.Count == 0)
        {
            return new(null, []);
        }

        var furthest = claims.MaxBy(claim => claim.Stand, Comparer<RunProgress>.Create(RunCursor.Compare));
        var there = claims.Where(claim => RunCursor.Compare(claim.Stand, furthest.Stand) == 0).ToList();
        if (there.Select(claim => claim.StateHash).Distinct(StringComparer.Ordinal).Count() > 1)
        {
            return new(null, [], $"{there.Count} replicas stand at the same step and hold different states: one of them is damaged");
        }

        // Scoring an epoch or entering a phase changes no weight: a replica that stands at the last step has the whole state.
        var isSame = RunCursor.StateNumber(known, phases, furthest.StepsPerEpoch) == RunCursor.StateNumber(furthest.Stand, phases, furthest.StepsPerEpoch)
            && RunCursor.Compare(known, furthest.Stand) >= 0;
        return new(isSame ? known : furthest.Stand, [.. there.Select(claim => claim.Index)]);
    }

    private static RunProgress Stand(ReplicaPosition position) =>
        position.Since is { } since ? WindowTally.Add(position.Base, since) : position.Base;
}
