using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Where silos run, and whether they still do, as far as this silo knows.</summary>
/// <remarks>Thread-safe. A silo's name is its host's; it stays known for days after the silo has left.</remarks>
internal sealed class Whereabouts(ISiloStatusOracle membership)
{
    /// <summary>Where a silo runs or ran.</summary>
    /// <param name="silo">Its address, as in the ids of its devices.</param>
    public SiloPlace Of(string silo) => new(silo, membership.TryGetSiloName(SiloAddress.FromParsableString(silo), out var name) ? name : null);

    /// <summary>True for a silo that was declared dead or has left, and for one that was never there.</summary>
    /// <param name="silo">Its address, as in the ids of its devices.</param>
    public bool IsGone(string silo) =>
        membership.GetApproximateSiloStatus(SiloAddress.FromParsableString(silo)) is SiloStatus.Dead or SiloStatus.None;
}
