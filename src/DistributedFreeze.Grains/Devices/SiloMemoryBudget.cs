using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Devices;

/// <summary>The memory that silos have left for replicas, while devices are divided. Not thread-safe.</summary>
internal sealed class SiloMemoryBudget
{
    private readonly Dictionary<string, long> _left = new(StringComparer.Ordinal);
    private readonly HashSet<(string Silo, string RunId)> _there = [];
    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);

    /// <param name="devices">All that can be used.</param>
    public SiloMemoryBudget(IEnumerable<DeviceInfo> devices)
    {
        foreach (var silo in devices.GroupBy(device => DeviceId.Silo(device.Id), StringComparer.Ordinal))
        {
            var most = silo.Max(device => device.RunMemoryBytes);
            _left[silo.Key] = most == 0 ? long.MaxValue : most;
        }
    }

    /// <summary>A run has a replica on a device, or may have.</summary>
    public void Occupy(DeviceRequest claim, DeviceInfo device)
    {
        var silo = DeviceId.Silo(device.Id);
        _left[silo] = Math.Max(0, _left[silo] - Need(claim, device));
        _there.Add((silo, claim.RunId));
    }

    /// <summary>Takes room for one more replica of a run.</summary>
    /// <param name="claim">The run's.</param>
    /// <param name="device">Where it would be.</param>
    /// <returns>False where there is too little, or what there is waits for another run.</returns>
    public bool TryOccupy(DeviceRequest claim, DeviceInfo device)
    {
        var silo = DeviceId.Silo(device.Id);
        if (_kept.Contains(silo) || Need(claim, device) > _left[silo])
        {
            return false;
        }

        Occupy(claim, device);
        return true;
    }

    /// <summary>Keeps what silos have left for a run that comes next and waits for more: nobody overtakes it.</summary>
    /// <param name="claim">The run's.</param>
    /// <param name="devices">All that can be used.</param>
    public void KeepFor(DeviceRequest claim, IEnumerable<DeviceInfo> devices) =>
        _kept.UnionWith(devices.Where(device => Fits(claim, device) && Need(claim, device) > _left[DeviceId.Silo(device.Id)]).Select(device => DeviceId.Silo(device.Id)));

    /// <summary>Whether a replica of a run fits a device, were it alone there.</summary>
    public static bool Fits(DeviceRequest claim, DeviceInfo device) => claim.Memory?.Fits(device) ?? true;

    /// <summary>How many replicas of a run some devices of one silo can hold, were they alone there.</summary>
    /// <param name="need">What the run needs; null where nobody knows.</param>
    /// <param name="devices">Devices of one silo.</param>
    public static int Capacity(MemoryNeed? need, IReadOnlyCollection<DeviceInfo> devices)
    {
        var fitting = devices.Where(device => need?.Fits(device) ?? true).ToList();
        if (need is not { Another: > 0 } memory || fitting.Count == 0 || fitting[0].RunMemoryBytes == 0)
        {
            return fitting.Count;
        }

        var further = (fitting[0].RunMemoryBytes - memory.FirstOn(fitting[0])) / memory.AnotherOn(fitting[0]);
        return (int)Math.Min(fitting.Count, 1 + further);
    }

    private long Need(DeviceRequest claim, DeviceInfo device) => claim.Memory is not { } memory ? 0
        : _there.Contains((DeviceId.Silo(device.Id), claim.RunId)) ? memory.AnotherOn(device) : memory.FirstOn(device);
}
