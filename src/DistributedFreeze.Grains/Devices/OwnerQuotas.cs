using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Devices;

/// <summary>How many devices the runs of each owner have together, against how many they may have. Not thread-safe.</summary>
internal sealed class OwnerQuotas
{
    private readonly Dictionary<(string Owner, string? Issuer), int> _used = [];

    /// <summary>Whether a run may have so many devices more.</summary>
    public bool HasRoom(DeviceRequest claim, int more) => claim.OwnerDevices is not { } most || UsedBy(claim) + more <= most;

    /// <summary>How many the runs of a run's owner have.</summary>
    public int UsedBy(DeviceRequest claim) => claim.Owner is { } owner ? _used.GetValueOrDefault((owner, claim.OwnerIssuer)) : 0;

    /// <summary>A run has so many devices more.</summary>
    public void Take(DeviceRequest claim, int more)
    {
        if (claim.Owner is { } owner)
        {
            _used[(owner, claim.OwnerIssuer)] = UsedBy(claim) + more;
        }
    }
}
