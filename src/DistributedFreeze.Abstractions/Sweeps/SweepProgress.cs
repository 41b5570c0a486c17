using System.Collections.Immutable;

namespace DistributedFreeze.Sweeps;

/// <summary>What a sweep is at.</summary>
public enum SweepStage
{
    /// <summary>The images that trials need pass the frozen base.</summary>
    Images = 0,

    /// <summary>Trials train.</summary>
    Trials = 1,
}

/// <summary>How far a sweep is.</summary>
/// <param name="Stage">What it is at.</param>
/// <param name="Done">How much of that is done: images, or epochs.</param>
/// <param name="All">How much there is, at most.</param>
/// <param name="Trials">What is known of every trial.</param>
public sealed record SweepProgress(SweepStage Stage, int Done, int All, ImmutableArray<TrialResult> Trials);
