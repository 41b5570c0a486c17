using System.Collections.Immutable;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Devices;

/// <content>Who gets what. The time that it takes follows the devices, and those who have them: of those who wait only the first are looked at, and where one kind is free for which none of them is, the others a moment each.</content>
internal sealed partial class DeviceAllocator
{
    private void Divide()
    {
        for (var round = 0; round < MostRounds && DivideOnce(); round++)
        {
        }

        _positions = null;
        _divided = null;
    }

    /// <returns>Whether somebody is granted more or less than before.</returns>
    private bool DivideOnce()
    {
        var usable = Usable();
        var (order, shares) = Shares(usable);

        // A device is free for others once its owner says that it has let go, and its silo that nobody else is there.
        var taken = _claims.Holding.SelectMany(runId => ClaimOf(runId).Holding)
            .Concat(_grants.Where(grant => _claims.Has(grant.Key)).SelectMany(grant => grant.Value.Select(device => device.Id))).ToHashSet(StringComparer.Ordinal);
        var free = usable.Values.Where(device => device.State == DeviceState.Free && !taken.Contains(device.Device.Id)).Select(device => device.Device).ToList();
        var memory = Memory(usable);
        var quotas = InUse(usable);
        var grants = new Dictionary<string, ImmutableArray<DeviceInfo>>(StringComparer.Ordinal);
        foreach (var claim in order)
        {
            var (share, kind) = shares[claim.RunId];
            grants[claim.RunId] = Choose(claim, kind, share, Math.Min(share, claim.Least), usable, free, memory, quotas);
            if (grants[claim.RunId].IsEmpty)
            {
                memory.KeepFor(claim, usable.Values.Select(device => device.Device).Where(device => KindOf(device) == kind));
            }
        }

        // They grow with what those who wait have left.
        foreach (var claim in order.Where(claim => !grants[claim.RunId].IsEmpty))
        {
            var granted = grants[claim.RunId].ToList();
            Extend(granted, claim, shares[claim.RunId].Kind, shares[claim.RunId].Devices, free, memory, quotas);
            grants[claim.RunId] = [.. granted];
        }

        return Grant(grants);
    }

    private bool Grant(Dictionary<string, ImmutableArray<DeviceInfo>> shared)
    {
        var before = _grants;
        _grants = shared.Where(one => !one.Value.IsEmpty).ToDictionary(StringComparer.Ordinal);
        foreach (var gone in _turns.Keys.Where(runId => !_grants.ContainsKey(runId)).ToList())
        {
            _turns.Remove(gone);
        }

        foreach (var runId in _grants.Keys.Where(runId => !before.ContainsKey(runId)))
        {
            _turns[runId] = new(_now, DateTimeOffset.MinValue);
            _waits.End(runId);
        }

        foreach (var runId in before.Keys.Where(runId => !_grants.ContainsKey(runId) && _claims.Has(runId)))
        {
            _waits.Begin(runId, _now);
        }

        return _grants.Count != before.Count || _grants.Any(one => !before.TryGetValue(one.Key, out var devices) || !devices.SequenceEqual(one.Value));
    }

    private Dictionary<string, DeviceStatus> Usable() => _silos.Values.SelectMany(silo => silo.Report.Devices)
        .Where(device => device.State is DeviceState.Free or DeviceState.Busy)
        .ToDictionary(device => device.Device.Id, StringComparer.Ordinal);

    /// <summary>Those who have devices first, then those who wait; nobody looks further than there are devices.</summary>
    private IEnumerable<DeviceRequest> Order(Dictionary<string, DeviceStatus> usable)
    {
        var going = _claims.Holding.Union(_grants.Keys).Where(_claims.Has).Select(ClaimOf)
            .Where(claim => Held(claim, usable).Any() || StillGranted(claim, usable).Any()).ToList();
        going.Sort(RequestQueue.Compare);
        var first = going.Select(claim => claim.RunId).ToHashSet(StringComparer.Ordinal);
        return going.Concat(_claims.InOrder.Where(claim => !first.Contains(claim.RunId)));
    }

    private IEnumerable<string> Waiting(Dictionary<string, DeviceStatus> usable) =>
        Order(usable).Where(claim => !_grants.ContainsKey(claim.RunId)).Select(claim => claim.RunId);

    private DeviceRequest ClaimOf(string runId) => _claims.TryGet(runId, out var claim) ? claim : throw new ArgumentException($"{runId} claims nothing.", nameof(runId));

    /// <summary>What silos have left beside the replicas that there are, or may be.</summary>
    private SiloMemoryBudget Memory(Dictionary<string, DeviceStatus> usable)
    {
        var memory = new SiloMemoryBudget(usable.Values.Select(device => device.Device));
        var known = _claims.Holding.Union(_grants.Keys).Union(usable.Values.Select(device => device.RunId).OfType<string>()).Where(_claims.Has).Select(ClaimOf).ToList();
        known.Sort(RequestQueue.Compare);
        foreach (var claim in known)
        {
            foreach (var device in Known(claim, usable))
            {
                memory.Occupy(claim, device);
            }
        }

        return memory;
    }

    /// <summary>How many devices each run shall have, and of which kind.</summary>
    /// <returns>Those that shall have some, in the order in which they are served.</returns>
    private (List<DeviceRequest> Order, Dictionary<string, Share> Shares) Shares(Dictionary<string, DeviceStatus> usable)
    {
        var order = new List<DeviceRequest>();
        var shares = new Dictionary<string, Share>(StringComparer.Ordinal);
        var quotas = new OwnerQuotas();
        var left = usable.Values.Where(device => !IsStrange(device)).CountBy(device => KindOf(device.Device), StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var open = left.Keys.ToHashSet(StringComparer.Ordinal); // kinds for which nobody waits who could start on them
        var owners = usable.Values.Select(device => device.RunId).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var classes = new Dictionary<(Need Need, int Least), ImmutableArray<string>>();
        (_overQuota, _tooLarge) = (0, 0);
        foreach (var claim in Order(usable))
        {
            if (!open.Any(kind => left[kind] > 0))
            {
                break; // before those behind are looked at, who may be thousands
            }

            var least = LeastFor(claim, usable);
            if (!IsGoing(claim) && !quotas.HasRoom(claim, least))
            {
                _overQuota++;
                continue;
            }

            var able = Classes(claim, least);
            if (able.IsEmpty)
            {
                _tooLarge++;
                continue;
            }

            // Where its first class is busy, another one does that is not: a run that has begun has but one.
            var kind = able.FirstOrDefault(kind => open.Contains(kind) && left[kind] >= least) ?? able[0];

            if (least > left.GetValueOrDefault(kind))
            {
                open.Remove(kind);
            }

            if (!open.Contains(kind))
            {
                continue; // nobody overtakes one who waits for the same kind
            }

            order.Add(claim);
            shares[claim.RunId] = new(least, kind);
            quotas.Take(claim, least);
            left[kind] -= least;
        }

        for (var grew = true; grew && left.Values.Any(devices => devices > 0);)
        {
            grew = false;
            foreach (var claim in order.Where(claim => shares[claim.RunId].Devices < claim.Most && quotas.HasRoom(claim, 1)))
            {
                var share = shares[claim.RunId];
                if (left[share.Kind] == 0)
                {
                    continue;
                }

                shares[claim.RunId] = share with { Devices = share.Devices + 1 };
                quotas.Take(claim, 1);
                left[share.Kind]--;
                grew = true;
            }
        }

        return (order, shares);

        // Thousands may wait for one kind while another is free: what they could have is found once for all of the same need that have nothing and avoid nothing.
        ImmutableArray<string> Classes(DeviceRequest claim, int least)
        {
            if (!claim.Holding.IsEmpty || !claim.Avoid.IsEmpty || owners.Contains(claim.RunId))
            {
                return ClassesFor(claim, least, usable);
            }

            var need = (new Need(claim.Memory, claim.Device, BoundTo(claim), claim.Class), least);
            if (!classes.TryGetValue(need, out var able))
            {
                classes.Add(need, able = ClassesFor(claim, least, usable));
            }

            return able;
        }
    }

    /// <summary>How many devices of a kind a run could have if there were no other.</summary>
    private int Capacity(DeviceRequest claim, string kind, Dictionary<string, DeviceStatus> usable) => usable.Values
        .Where(device => !IsStrange(device) && KindOf(device.Device) == kind && !claim.Avoid.Contains(device.Device.Id))
        .GroupBy(device => DeviceId.Silo(device.Device.Id), device => device.Device, StringComparer.Ordinal)
        .Sum(silo => SiloMemoryBudget.Capacity(claim.Memory, [.. silo]));

    /// <summary>What a run keeps of its share, and as much more as it needs to start.</summary>
    private ImmutableArray<DeviceInfo> Choose(
        DeviceRequest claim, string kind, int share, int least, Dictionary<string, DeviceStatus> usable, List<DeviceInfo> free, SiloMemoryBudget memory, OwnerQuotas quotas)
    {
        var known = Known(claim, usable).Where(device => KindOf(device) == kind).Take(share).ToList();
        Extend(known, claim, kind, least, free, memory, quotas);

        // A run that waits starts with its least number or not at all.
        return known.Count >= (IsGoing(claim) ? 1 : claim.Least) ? [.. known] : [];
    }

    /// <summary>Adds free devices of a kind, near ones first, until there are enough.</summary>
    private static void Extend(List<DeviceInfo> known, DeviceRequest claim, string kind, int enough, List<DeviceInfo> free, SiloMemoryBudget memory, OwnerQuotas quotas)
    {
        foreach (var device in free.Where(device => KindOf(device) == kind && !claim.Avoid.Contains(device.Id) && SiloMemoryBudget.Fits(claim, device)).OrderByDescending(device => IsNear(device, known)).ToList())
        {
            if (known.Count >= enough || !quotas.HasRoom(claim, 1))
            {
                return;
            }

            if (memory.TryOccupy(claim, device))
            {
                known.Add(device);
                free.Remove(device);
                quotas.Take(claim, 1);
            }
        }
    }

    /// <summary>Devices that a run has already, whatever its share.</summary>
    private IEnumerable<DeviceInfo> Known(DeviceRequest claim, Dictionary<string, DeviceStatus> usable) => Held(claim, usable)
        .Concat(StillGranted(claim, usable))
        .Concat(Owned(claim, usable))
        .DistinctBy(device => device.Id);

    private static bool IsGoing(DeviceRequest claim) => claim.Holding.Length > 0;

    private static bool IsNear(DeviceInfo device, List<DeviceInfo> known) =>
        known.Exists(other => DeviceId.Silo(other.Id) == DeviceId.Silo(device.Id));

    private IEnumerable<DeviceInfo> StillGranted(DeviceRequest claim, Dictionary<string, DeviceStatus> usable) =>
        _grants.GetValueOrDefault(claim.RunId, []).Where(device => usable.ContainsKey(device.Id) && !claim.Avoid.Contains(device.Id));

    private static IEnumerable<DeviceInfo> Held(DeviceRequest claim, Dictionary<string, DeviceStatus> usable) =>
        claim.Holding.Where(id => usable.ContainsKey(id) && !claim.Avoid.Contains(id)).Select(id => usable[id].Device);

    /// <summary>Its own already, though it may not know: its coordinator was lost before it stored what it had.</summary>
    private static IEnumerable<DeviceInfo> Owned(DeviceRequest claim, Dictionary<string, DeviceStatus> usable) =>
        usable.Values.Where(device => device.RunId == claim.RunId && !claim.Avoid.Contains(device.Device.Id)).Select(device => device.Device);

    /// <summary>What a run shall have.</summary>
    /// <param name="Devices">How many.</param>
    /// <param name="Kind">Of which kind.</param>
    private readonly record struct Share(int Devices, string Kind);

    /// <summary>Busy with a run that claims nothing, whose coordinator may be on its way.</summary>
    private bool IsStrange(DeviceStatus device) => device.RunId is { } owner && !_claims.Has(owner);
}
