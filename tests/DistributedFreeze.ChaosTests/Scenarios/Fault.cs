using System.Collections.Immutable;

namespace DistributedFreeze.Chaos.Scenarios;

/// <summary>One thing that is done to a run or its cluster.</summary>
/// <param name="Kind">What.</param>
/// <param name="When">When.</param>
/// <param name="Victims">To which silos; empty where it is done to none.</param>
/// <param name="Lasts">How long, where it is undone again.</param>
/// <param name="By">By how much, for <see cref="FaultKind.SetClock"/>.</param>
internal sealed record Fault(FaultKind Kind, When When, ImmutableArray<Role> Victims, TimeSpan Lasts = default, TimeSpan By = default)
{
    public Fault(FaultKind kind, When when, params Role[] victims)
        : this(kind, when, [.. victims], TimeSpan.Zero)
    {
    }

    public override string ToString() =>
        $"{When}: {Kind}{string.Concat(Victims.Select(victim => " " + victim))}{(By != TimeSpan.Zero ? $" by {By.TotalSeconds:+0;-0} s" : "")}{(Lasts > TimeSpan.Zero ? $" for {Lasts.TotalSeconds:0.0} s" : "")}";
}

/// <summary>What is done.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL.</summary>
    Kill,

    /// <summary>SIGSTOP, and SIGCONT after a while.</summary>
    Hang,

    /// <summary>SIGTERM, one victim after another, each replaced before the next one's turn.</summary>
    Replace,

    /// <summary>A silo more.</summary>
    Start,

    /// <summary>SIGKILL of Redis, which is started again after a while.</summary>
    KillRedis,

    /// <summary>SIGSTOP of Redis, and SIGCONT after a while.</summary>
    HangRedis,

    /// <summary>No room is left where the run writes, for a while.</summary>
    FillDisk,

    /// <summary>Nothing can be written where the run writes, for a while.</summary>
    ProtectFolder,

    /// <summary>The disk with the output folder is away for a while.</summary>
    RemoveDisk,

    /// <summary>The victim's clock is set forward or back, and right again after a while.</summary>
    SetClock,

    /// <summary>What the first victim sends does not reach the second, for a while.</summary>
    CutOneWay,

    /// <summary>The victims hear nothing of each other for a while.</summary>
    CutBoth,

    /// <summary>Nobody reaches the victim, nor is reached by it, for a while.</summary>
    CutOff,

    /// <summary>Programs that compute for nothing, two for each processor, for a while.</summary>
    Load,

    Cancel,
    Pause,
    Resume,
    Delete,
}

/// <summary>A silo, by what it is to the run.</summary>
internal enum Role
{
    Coordinator,
    Worker,
    OtherWorker,
    Newcomer,
    Holder,
    Everybody,
}

/// <summary>A moment.</summary>
/// <param name="Cue">What it follows.</param>
/// <param name="Share">Share of the run's steps that are done, for <see cref="Cue.Share"/>; 0 is its submission.</param>
/// <param name="Delay">How long after that.</param>
internal readonly record struct When(Cue Cue, double Share, TimeSpan Delay)
{
    public override string ToString() => $"{(Cue == Cue.Share ? $"at {Share:P0}" : $"after {Cue}")} + {Delay.TotalMilliseconds:0} ms";
}

internal enum Cue
{
    /// <summary>The run has come to a share of its steps.</summary>
    Share,

    /// <summary>The fault before has begun.</summary>
    Before,

    /// <summary>The run has regrouped since the fault before began.</summary>
    Regrouped,

    /// <summary>The run has told that it is paused.</summary>
    Paused,
}
