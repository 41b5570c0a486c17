using System.Collections.Immutable;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>What a silo knows of the others.</summary>
internal sealed class SimMembers(SimSilo own) : ISiloStatusOracle
{
    private readonly Dictionary<SiloAddress, SiloStatus> _known = [];
    private ImmutableArray<ISiloStatusListener> _listeners = [];

    public SiloStatus CurrentStatus => SiloStatus.Active;

    public string SiloName => own.Address;

    public SiloAddress SiloAddress => SiloAddress.FromParsableString(own.Address);

    /// <summary>It learns of a change.</summary>
    public void Learn(string silo, SiloStatus status)
    {
        var address = SiloAddress.FromParsableString(silo);
        if (_known.GetValueOrDefault(address) is SiloStatus.Dead || _known.GetValueOrDefault(address) == status)
        {
            return;
        }

        _known[address] = status;
        foreach (var listener in _listeners)
        {
            listener.SiloStatusChangeNotification(address, status);
        }
    }

    public SiloStatus GetApproximateSiloStatus(SiloAddress siloAddress) => _known.GetValueOrDefault(siloAddress);

    public Dictionary<SiloAddress, SiloStatus> GetApproximateSiloStatuses(bool onlyActive = false) =>
        _known.Where(one => !onlyActive || one.Value == SiloStatus.Active).ToDictionary();

    public SiloAddress[] GetActiveSilos() => [.. GetApproximateSiloStatuses(onlyActive: true).Keys];

    public bool TryGetSiloName(SiloAddress siloAddress, out string siloName)
    {
        siloName = siloAddress.ToParsableString();
        return true;
    }

    public bool IsFunctionalDirectory(SiloAddress siloAddress) => !IsDeadSilo(siloAddress);

    public bool IsDeadSilo(SiloAddress silo) => GetApproximateSiloStatus(silo) == SiloStatus.Dead;

    public bool SubscribeToSiloStatusEvents(ISiloStatusListener observer)
    {
        _listeners = _listeners.Add(observer);
        return true;
    }

    public bool UnSubscribeFromSiloStatusEvents(ISiloStatusListener observer)
    {
        _listeners = _listeners.Remove(observer);
        return true;
    }
}
