namespace DistributedFreeze.Simulation.Runs;

/// <summary>What replicas may do wrong, so that it is seen that the simulation finds it. The product did the first two once.</summary>
internal enum SimFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Whoever enters a phase without the run's state keeps what it had trained, perhaps in a later phase, where the product begins with the base.</summary>
    KeepsTensors,

    /// <summary>Nobody says which of the run's states was scored, and an order that arrives late may take a state away within a group.</summary>
    ScoresAnyState,

    /// <summary>Takes part in a broadcast again where the order for it arrives twice: others train by then, and a vector does not say what it is.</summary>
    BroadcastsTwice,
}
