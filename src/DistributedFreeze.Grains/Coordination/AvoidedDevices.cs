using System.Collections.Immutable;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Devices that a run shall not get for a while: it lost a replica there, or found another run's. Not thread-safe.</summary>
/// <remarks>
/// Each further time it is twice as long: a device that has recovered comes back soon, and one that has not costs next to nothing. One that was
/// not avoided for <see cref="Longest"/> begins anew.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class AvoidedDevices(TimeProvider time)
{
    /// <summary>For how long a device is avoided the first time.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(15);

    /// <summary>For how long it is avoided at most.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly SteadyClock _clock = new(time);
    private readonly SortedDictionary<string, (DateTimeOffset Until, TimeSpan For)> _devices = new(StringComparer.Ordinal);

    /// <summary>Ids of the devices that are avoided now, in order.</summary>
    public ImmutableArray<string> Now
    {
        get
        {
            var now = _clock.Now;
            foreach (var (forgiven, _) in _devices.Where(device => now - device.Value.Until > Longest).ToList())
            {
                _devices.Remove(forgiven); // each silo that restarts brings ids of its own
            }

            return [.. _devices.Where(device => device.Value.Until > now).Select(device => device.Key)];
        }
    }

    /// <summary>Avoids a device from now on.</summary>
    /// <param name="device">Its id.</param>
    public void Add(string device)
    {
        var duration = _devices.TryGetValue(device, out var before) ? TimeSpan.FromTicks(Math.Min(2 * before.For.Ticks, Longest.Ticks)) : Shortest;
        _devices[device] = (_clock.Now + duration, duration);
    }
}
