using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Sweeps;

/// <summary>What is known of a trial. Immutable and thread-safe.</summary>
public sealed record TrialResult
{
    /// <summary>How far it has come.</summary>
    public TrialState State { get; init; }

    /// <summary>Its epochs so far, over all phases, as a run of its own has them; times are this sweep's.</summary>
    public ImmutableArray<EpochResult> Epochs { get; init; } = [];

    /// <summary>SHA-256 of the model's tensors, as in a receipt; null unless it was trained whole.</summary>
    public string? ModelSha256 { get; init; }

    /// <summary>What it was trained on; null where that is not known, or nothing was trained.</summary>
    public TrialInputs? Inputs { get; init; }

    /// <summary>Seconds that it has trained, the features included that it was the first to need.</summary>
    public double Seconds { get; init; }

    /// <summary>Why it failed; null where it did not.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether there is nothing left to train.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsOver => State != TrialState.Waiting;
}
