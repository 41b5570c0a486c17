namespace DistributedFreeze.Grains.Coordination;

/// <summary>What somebody asked of a run that goes on.</summary>
public enum RequestedAction
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>To end with a checkpoint.</summary>
    Interrupt = 1,

    /// <summary>To halt with a checkpoint, and to wait.</summary>
    Pause = 2,

    /// <summary>To end and to clear up.</summary>
    Cancel = 3,
}
