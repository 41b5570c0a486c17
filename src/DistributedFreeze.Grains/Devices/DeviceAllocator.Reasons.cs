using DistributedFreeze.Devices;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Grains.Devices;

/// <content>What runs wait for that others overtake.</content>
internal sealed partial class DeviceAllocator
{
    private int _overQuota;
    private int _tooLarge;

    /// <summary>How many runs wait, by what they wait for; those behind the first that finds no free device count as waiting for devices.</summary>
    public QueueLengths QueueLengths => new(QueueLength - _overQuota - _tooLarge, _overQuota, _tooLarge);

    /// <summary>What a run that waits waits for, where that is not only its turn; else null.</summary>
    private string? ReasonOf(string runId)
    {
        if (_grants.ContainsKey(runId) || !_claims.TryGet(runId, out var claim) || IsGoing(claim))
        {
            return null;
        }

        var usable = Usable();
        if (InUse(usable) is var quotas && !quotas.HasRoom(claim, claim.Least))
        {
            return $"{PlainText.Line(claim.Owner!)} may have {claim.OwnerDevices} devices at a time, and has {quotas.UsedBy(claim)}; this run needs {claim.Least}";
        }

        return usable.Count > 0 && Capacity(claim, usable) is var most && most < claim.Least
            ? $"there are {most} devices that it could have, and it needs {claim.Least}"
            : null;
    }

    /// <summary>The devices that the runs of each owner hold, or are granted.</summary>
    private OwnerQuotas InUse(Dictionary<string, DeviceStatus> usable)
    {
        var quotas = new OwnerQuotas();
        foreach (var claim in _claims.Holding.Union(_grants.Keys).Where(_claims.Has).Select(ClaimOf).Where(claim => claim.Owner is not null))
        {
            quotas.Take(claim, Known(claim, usable).Count());
        }

        return quotas;
    }
}
