namespace DistributedFreeze.Grains.Coordination;

/// <summary>The grain that a coordinator lives in, as far as the coordinator cares.</summary>
internal interface IRunHome
{
    /// <summary>Address of the silo, as in the ids of its devices.</summary>
    string Silo { get; }

    /// <summary>Keeps the coordinator where it is, also while nobody calls.</summary>
    void Stay();

    /// <summary>Lets the coordinator go once nobody calls.</summary>
    void StayNoLonger();

    /// <summary>Lets the coordinator go now: the next call finds, or makes, another one.</summary>
    void Leave();
}
