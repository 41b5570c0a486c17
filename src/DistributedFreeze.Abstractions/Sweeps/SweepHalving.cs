namespace DistributedFreeze.Sweeps;

/// <summary>When trials that lag behind are stopped.</summary>
/// <param name="FromEpoch">Epochs, over all phases, after which trials are compared first; 1 or more.</param>
/// <param name="Factor">One of so many goes on, rounded up, to so many times the epochs; 2 to 10.</param>
public sealed record SweepHalving(int FromEpoch, int Factor);
