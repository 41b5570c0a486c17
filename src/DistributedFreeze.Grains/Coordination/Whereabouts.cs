using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Where silos run, and whether they still do, as far as this silo knows.</summary>
/// <remarks>Thread-safe. A silo's name tells its host, and stays known for days after the silo has left.</remarks>
public sealed class Whereabouts(ISiloStatusOracle membership)
{
    /// <summary>The name of a silo: two of one host have to differ.</summary>
    /// <param name="host">Name of its host.</param>
    /// <param name="port">Its port for silos.</param>
    public static string NameOf(string host, int port) => $"{host}:{port}";

    /// <summary>Where a silo runs or ran.</summary>
    /// <param name="silo">Its address, as in the ids of its devices.</param>
    public SiloPlace Of(string silo) => new(silo, membership.TryGetSiloName(SiloAddress.FromParsableString(silo), out var name) ? name.Split(':')[0] : null);

    /// <summary>True for a silo that was declared dead or has left; a silo of which this one has not heard yet may well live.</summary>
    /// <param name="silo">Its address, as in the ids of its devices.</param>
    public bool HasLeft(string silo) => membership.GetApproximateSiloStatus(SiloAddress.FromParsableString(silo)) == SiloStatus.Dead;

    /// <summary>True for a silo that was declared dead or has left, and for one that was never there.</summary>
    /// <param name="silo">Its address, as in the ids of its devices.</param>
    public bool IsGone(string silo) =>
        membership.GetApproximateSiloStatus(SiloAddress.FromParsableString(silo)) is SiloStatus.Dead or SiloStatus.None;
}
