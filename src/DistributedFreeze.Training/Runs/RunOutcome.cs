using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>How a run that didn't fail ended.</summary>
/// <param name="State">Succeeded or interrupted.</param>
/// <param name="Progress">Where it stands.</param>
/// <param name="Receipt">What it did; null where it was interrupted.</param>
public sealed record RunOutcome(RunState State, RunProgress Progress, Receipt? Receipt);
