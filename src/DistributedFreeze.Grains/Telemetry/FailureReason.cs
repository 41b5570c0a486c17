using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>Whose it is to mend what a run failed by, as metrics name it. Pure.</summary>
internal static class FailureReason
{
    /// <summary>The run did not fail.</summary>
    public const string None = "none";

    private const string Input = "input";
    private const string Storage = "storage";
    private const string Divergence = "divergence";
    private const string FrozenDrift = "frozen_drift";
    private const string Other = "other";

    /// <summary>Those that a failed run may have.</summary>
    public static ImmutableArray<string> OfFailures { get; } = [Input, Divergence, FrozenDrift, Storage, Other];

    /// <summary>The reason of an end.</summary>
    public static string Of(RunEvent.Ended ended) => ended switch
    {
        { State: not RunState.Failed } => None,
        { ChangedLayers: > 0 } => FrozenDrift,
        { IsStorage: true } => Storage,
        { Problems: [_, ..] } => Input,
        { IsDivergence: true } => Divergence,
        _ => Other,
    };
}
