using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

/// <summary>A run's epochs where they are whole, and where only those travel or are stored that came last.</summary>
/// <remarks>Pure and thread-safe. A run's history only grows, or is cut where the run is set back; then other results follow.</remarks>
public static class EpochHistory
{
    /// <summary>Epochs that are done.</summary>
    public static int Count(RunProgress progress) => progress.EpochsBefore + progress.Epochs.Length;

    /// <summary>Leaves the first epochs out.</summary>
    /// <param name="progress">Where the run stands.</param>
    /// <param name="count">How many, up to those that are done; more than that are left out already stay so.</param>
    public static RunProgress Without(RunProgress progress, int count) =>
        count <= progress.EpochsBefore ? progress : progress with { EpochsBefore = count, Epochs = progress.Epochs[(count - progress.EpochsBefore)..] };

    /// <summary>Puts the epochs back that were left out.</summary>
    /// <param name="progress">Where the run stands.</param>
    /// <param name="known">The run's epochs, whole.</param>
    /// <returns>Null where it is not known what was left out.</returns>
    public static RunProgress? Whole(RunProgress progress, ImmutableArray<EpochResult> known) => progress.EpochsBefore switch
    {
        0 => progress,
        var before when before > known.Length => null,
        var before => progress with { EpochsBefore = 0, Epochs = [.. known.AsSpan(0, before), .. progress.Epochs] },
    };

    /// <summary>How many epochs two histories of one run are known to have in common, from the first.</summary>
    /// <remarks>Where one goes on from the other, that is the shorter one; where the run was set back in between, none.</remarks>
    public static int Shared(ImmutableArray<EpochResult> one, ImmutableArray<EpochResult> other)
    {
        var shorter = Math.Min(one.Length, other.Length);
        return shorter > 0 && one[shorter - 1] == other[shorter - 1] ? shorter : 0; // seconds tell one attempt at an epoch from another
    }
}
