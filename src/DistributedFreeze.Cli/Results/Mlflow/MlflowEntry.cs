using System.Collections.Immutable;
using DistributedFreeze.Cli.Results.Curves;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>What an event comes to at a tracking server.</summary>
/// <param name="Sequence">Number of the event.</param>
/// <param name="Points">Its points.</param>
internal sealed record MlflowEntry(long Sequence, ImmutableArray<Scalar> Points)
{
    /// <summary>The event itself where it is the run's last one; else null.</summary>
    public RunEvent.Ended? Ended { get; init; }

    /// <summary>Hash of the model where the run succeeded; else null.</summary>
    public string? ModelSha256 { get; init; }
}
