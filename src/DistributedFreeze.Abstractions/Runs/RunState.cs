namespace DistributedFreeze.Runs;

/// <summary>State of a run.</summary>
public enum RunState
{
    /// <summary>Submitted, and waiting for devices.</summary>
    Queued = 0,

    /// <summary>Loading data and weights.</summary>
    Preparing = 1,

    /// <summary>Training.</summary>
    Running = 2,

    /// <summary>Done; the model and the receipt are written.</summary>
    Succeeded = 3,

    /// <summary>Ended by an error.</summary>
    Failed = 4,

    /// <summary>Stopped on request; a checkpoint is written where training had begun.</summary>
    Interrupted = 5,

    /// <summary>Halted on request, with a checkpoint and without devices; it waits to be resumed.</summary>
    Paused = 6,

    /// <summary>Given up on request; what only an unfinished run needs is gone.</summary>
    Cancelled = 7,
}

/// <summary>Questions about a state.</summary>
public static class RunStates
{
    /// <summary>True where nothing more will happen to the run by itself.</summary>
    public static bool IsFinal(this RunState state) => state is RunState.Succeeded or RunState.Failed or RunState.Interrupted or RunState.Cancelled;
}
