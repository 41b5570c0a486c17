using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <summary>How a run that didn't fail ended.</summary>
/// <param name="State">
/// Succeeded, interrupted or cancelled; paused where it has come as far as <see cref="RunDriver.PauseAfterEpoch"/>; running where another driver shall go on.
/// </param>
/// <param name="Progress">Where it stands.</param>
/// <param name="Receipt">What it did; null unless it succeeded.</param>
public sealed record RunOutcome(RunState State, RunProgress Progress, Receipt? Receipt);
