using DistributedFreeze.Devices;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Grains.Devices;

/// <content>What runs wait for that others overtake.</content>
internal sealed partial class DeviceAllocator
{
    private int _overQuota;
    private int _tooLarge;
    private Division? _divided;

    /// <summary>How many runs wait, by what they wait for; those behind the first that finds no free device count as waiting for devices.</summary>
    public QueueLengths QueueLengths => new(QueueLength - _overQuota - _tooLarge, _overQuota, _tooLarge);

    /// <summary>What a run that waits waits for, where that is not only its turn; else null.</summary>
    private string? ReasonOf(string runId)
    {
        if (_grants.ContainsKey(runId) || !_claims.TryGet(runId, out var claim) || Held(claim, Divided.Usable).Any())
        {
            return null;
        }

        if (IsOverQuota(claim))
        {
            return $"{PlainText.Line(claim.Owner!)} may have {claim.OwnerDevices} devices at a time, and has {Divided.InUse.UsedBy(claim)}; this run needs {claim.Least}";
        }

        if (Divided.Usable.Count == 0)
        {
            return null;
        }

        if (!KindsFor(claim, Divided.Usable).Any())
        {
            if (BoundTo(claim) is { } bound && Divided.Usable.Values.Any(device => IsOfItsSort(claim, device.Device)))
            {
                return $"it was on {bound}, of which the cluster has no device now; {Patience}";
            }

            return claim.Device == DeviceChoice.Cuda
                ? $"it is for GPUs alone (device: cuda, or precision: tf32), and the cluster has none, only {Divided.Usable.Count} slots of the processor"
                : $"it is for the processor alone (device: cpu), and the cluster has no slot of it, only {Divided.Usable.Count} GPUs";
        }

        var least = LeastFor(claim, Divided.Usable);
        return MostFor(claim) is var most && most >= least ? null
            : BoundTo(claim) is { } was ? $"there are {most} devices that it could have of the class that it was on, {was}, and it needs {least}; {Patience}"
            : $"there are {most} devices{(KindsFor(claim, Divided.Usable).Count() > 1 ? " of one class" : "")} that it could have, and it needs {least}";
    }

    private static string Patience => $"where that stays so for {ClassPatience.TotalMinutes:F0} minutes, it goes on on another class, and its result has other low bits";

    /// <summary>Whether a run that waits does so for its owner's quota.</summary>
    private bool IsOverQuota(DeviceRequest claim) => claim.OwnerDevices is not null && !Divided.InUse.HasRoom(claim, claim.Least);

    private bool IsOverQuota(string runId) => _claims.TryGet(runId, out var claim) && IsOverQuota(claim);

    /// <summary>What is there since the last division, found once for all who ask.</summary>
    private Division Divided
    {
        get
        {
            if (_divided is null)
            {
                var usable = Usable();
                _divided = new(usable, InUse(usable));
            }

            return _divided;
        }
    }

    /// <summary>How many devices of one kind a run could have if there were no other; the same for all of the same need that avoid none.</summary>
    private int MostFor(DeviceRequest claim)
    {
        int Most() => KindsFor(claim, Divided.Usable).Select(kind => Capacity(claim, kind.Name, Divided.Usable)).DefaultIfEmpty().Max();
        if (!claim.Avoid.IsEmpty)
        {
            return Most();
        }

        var need = new Need(claim.Memory, claim.Device, BoundTo(claim), claim.Class);
        if (!Divided.Capacities.TryGetValue(need, out var most))
        {
            most = Most();
            Divided.Capacities.Add(need, most);
        }

        return most;
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

    /// <summary>What is the same for all who wait, from one division to the next.</summary>
    private sealed record Division(Dictionary<string, DeviceStatus> Usable, OwnerQuotas InUse)
    {
        /// <summary>Devices for a run that avoids none, by the memory that it needs, the kind that it is for, and the class that it is bound to.</summary>
        public Dictionary<Need, int> Capacities { get; } = [];
    }

    private readonly record struct Need(MemoryNeed? Memory, DeviceChoice Device, string? Bound, string? Class);
}
