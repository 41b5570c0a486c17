namespace DistributedFreeze.Devices;

/// <summary>What a device of the cluster is doing.</summary>
public enum DeviceState
{
    /// <summary>Waiting for a run.</summary>
    Free = 0,

    /// <summary>Owned by a run's replica.</summary>
    Busy = 1,

    /// <summary>Put aside after a failure: it gets no run until its silo restarts.</summary>
    Aside = 2,

    /// <summary>On a silo that is about to leave: it gets no new run.</summary>
    Leaving = 3,
}
