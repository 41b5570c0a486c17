namespace DistributedFreeze.Sweeps;

/// <summary>How far a trial of a sweep has come.</summary>
public enum TrialState
{
    /// <summary>It waits for its turn, or was interrupted.</summary>
    Waiting = 0,

    /// <summary>It was trained whole.</summary>
    Finished = 1,

    /// <summary>It lagged behind others and was stopped.</summary>
    Stopped = 2,

    /// <summary>Its training failed.</summary>
    Failed = 3,
}
