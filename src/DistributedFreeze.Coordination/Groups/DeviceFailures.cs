namespace DistributedFreeze.Coordination.Groups;

/// <summary>Which devices of a run fail again and again: others do without them. Not thread-safe.</summary>
internal sealed class DeviceFailures
{
    /// <summary>Failures in a row after which a device is left out: one may be chance.</summary>
    public const int Most = 2;

    private readonly Dictionary<string, int> _inARow = new(StringComparer.Ordinal);

    /// <summary>A device failed.</summary>
    /// <param name="device">Its id.</param>
    public void Failed(string device) => _inARow[device] = _inARow.GetValueOrDefault(device) + 1;

    /// <summary>Devices have done a whole window.</summary>
    /// <param name="devices">Their ids.</param>
    public void Worked(IEnumerable<string> devices)
    {
        foreach (var device in devices)
        {
            _inARow.Remove(device);
        }
    }

    /// <summary>Whether a device has failed too often without a window done between.</summary>
    /// <param name="device">Its id.</param>
    public bool IsHopeless(string device) => _inARow.GetValueOrDefault(device) >= Most;
}
