using System.Collections.Immutable;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>What the replicas' positions say after a loss: the furthest one is the truth.</summary>
/// <param name="Progress">Where the run stands; null where no replica has a state.</param>
/// <param name="Current">Indices of the replicas that stand there.</param>
internal sealed record Survey(RunProgress? Progress, ImmutableArray<int> Current)
{
    /// <param name="positions">The replicas' positions; null for one that has none.</param>
    /// <param name="known">Where the run was known to stand: it may be ahead of every position by a scored epoch or an opened phase.</param>
    public static Survey Of(IReadOnlyList<ReplicaPosition?> positions, RunProgress known)
    {
        var stands = positions.Select(Stand).ToList();
        var furthest = stands.OfType<RunProgress>().OrderDescending(Comparer<RunProgress>.Create(RunCursor.Compare)).FirstOrDefault();
        if (furthest is null)
        {
            return new(null, []);
        }

        ImmutableArray<int> current = [.. Enumerable.Range(0, stands.Count).Where(i => stands[i] is { } stand && RunCursor.Compare(stand, furthest) == 0)];

        return new(IsSameWeights(known, furthest) ? known : furthest, current);
    }

    /// <summary>Scoring an epoch or opening a phase changes no weight: who stands at the last step has all there is.</summary>
    private static bool IsSameWeights(RunProgress known, RunProgress furthest) => known.Step == 0
        && ((known.Phase == furthest.Phase && known.Epoch == furthest.Epoch + 1) || (known.Phase == furthest.Phase + 1 && known.Epoch == 0));

    private static RunProgress? Stand(ReplicaPosition? position) => position switch
    {
        null => null,
        { Since: { } since } => WindowTally.Add(position.Base, since),
        _ => position.Base,
    };
}
