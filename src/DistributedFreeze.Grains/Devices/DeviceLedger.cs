using System.Collections.Immutable;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Divides devices among runs.</summary>
/// <remarks>
/// A run that trains, or is about to, keeps its least number: nobody is thrown out, and a grant is exclusive from the moment it is given. Who
/// waits comes next, by priority and then by age, and nobody overtakes one who does not fit yet; one who cannot start at all, since there are
/// too few devices that it does not avoid, is overtaken until there are more. What is left goes round, so that runs grow towards their most;
/// they give it back when somebody waits. A silo's memory is divided with its devices: a replica is granted a device only where the silo has the
/// memory that its run was predicted to need, and who waits for memory comes before those who would grow. Since the number of replicas never changes a result, none of this is more than a matter of time.
/// Not thread-safe.
/// </remarks>
internal sealed class DeviceLedger
{
    /// <summary>A silo that has not reported for so long is taken to be gone.</summary>
    public static readonly TimeSpan SiloPatience = TimeSpan.FromSeconds(15);

    /// <summary>A run that has not repeated its claim for so long has let go.</summary>
    public static readonly TimeSpan ClaimPatience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A device whose owner has not renewed its claim on it for so long is free again, whatever was forgotten. Longer than it takes to find a
    /// coordinator that was lost by the catalogue's reminder, at worst: with the device goes the state on it.
    /// </summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(75);

    /// <summary>
    /// The same for a run that has said that it lets go of everything, and may not know of all that it owns: a coordinator may have been lost before
    /// it stored that. Longer than a run takes to repeat its claim.
    /// </summary>
    public static readonly TimeSpan LetGoTime = TimeSpan.FromSeconds(10);

    private readonly HashSet<string> _left = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _letGo = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (SiloReport Report, DateTimeOffset At)> _silos = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DeviceClaim Claim, DateTimeOffset At)> _claims = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string RunId, DateTimeOffset RenewedAt)> _leases = new(StringComparer.Ordinal);
    private Dictionary<string, ImmutableArray<DeviceInfo>> _grants = new(StringComparer.Ordinal);
    private ImmutableArray<string> _queue = [];

    /// <summary>Ids of the runs that wait, the next one first.</summary>
    public ImmutableArray<string> Queue => _queue;

    /// <summary>Every device, in order of its id.</summary>
    public ImmutableArray<DeviceStatus> Devices =>
        [.. _silos.Values.SelectMany(silo => silo.Report.Devices).OrderBy(device => device.Device.Id, StringComparer.Ordinal)];

    public void Report(SiloReport report, DateTimeOffset now)
    {
        _silos[report.Silo] = (report, now);
        Divide();
    }

    /// <returns>False where a silo claims that has left: it stood still, and the run has another coordinator or none. Such a claim changes nothing.</returns>
    public bool Claim(DeviceClaim claim, DateTimeOffset now)
    {
        if (claim.By is { } silo && _left.Contains(silo))
        {
            return false;
        }

        _claims[claim.RunId] = (claim, now);
        _letGo.Remove(claim.RunId);
        Divide();
        return true;
    }

    /// <summary>A run lets go of all devices.</summary>
    public void Release(string runId, DateTimeOffset now)
    {
        _claims.Remove(runId);
        _letGo[runId] = now;
        Divide();
    }

    /// <summary>Whether a silo has reported.</summary>
    public bool Knows(string silo) => _silos.ContainsKey(silo);

    /// <summary>Forgets a silo that has left, and hears nothing of it any more.</summary>
    public void Remove(string silo)
    {
        _left.Add(silo);
        if (_silos.Remove(silo))
        {
            Divide();
        }
    }

    /// <summary>Forgets silos and claims that have not been heard of.</summary>
    public void Expire(DateTimeOffset now)
    {
        var silos = _silos.Where(silo => now - silo.Value.At > SiloPatience).Select(silo => silo.Key).ToList();
        var claims = _claims.Where(claim => now - claim.Value.At > ClaimPatience).Select(claim => claim.Key).ToList();
        silos.ForEach(silo => _silos.Remove(silo));
        claims.ForEach(claim => _claims.Remove(claim));
        foreach (var (runId, _) in _letGo.Where(run => now - run.Value > LeaseTime).ToList())
        {
            _letGo.Remove(runId);
        }

        if (silos.Count + claims.Count > 0)
        {
            Divide();
        }
    }

    /// <summary>
    /// Devices that a run owns and has not claimed for <see cref="LeaseTime"/>, or for <see cref="LetGoTime"/> after it let go: they are
    /// to be taken from it.
    /// </summary>
    /// <param name="now">The time; to be asked every few seconds.</param>
    /// <returns>Each device's id, with the run that owns it.</returns>
    public ImmutableArray<(string Device, string RunId)> EndedLeases(DateTimeOffset now)
    {
        var ended = ImmutableArray.CreateBuilder<(string, string)>();
        var owned = Devices.Where(device => device.RunId is not null).ToDictionary(device => device.Device.Id, device => device.RunId!, StringComparer.Ordinal);
        foreach (var gone in _leases.Keys.Where(id => !owned.ContainsKey(id)).ToList())
        {
            _leases.Remove(gone);
        }

        foreach (var (id, owner) in owned)
        {
            if (IsClaimed(id, owner))
            {
                _leases[id] = (owner, _claims[owner].At);
            }
            else if (!_leases.TryGetValue(id, out var lease) || lease.RunId != owner)
            {
                _leases[id] = (owner, now); // a scheduler that has only just come up has to give the owner its time
            }
            else if (now - lease.RenewedAt >= LeaseTime || (_letGo.TryGetValue(owner, out var since) && now - since >= LetGoTime))
            {
                ended.Add((id, owner));
            }
        }

        return ended.ToImmutable();
    }

    public DeviceGrant GrantOf(string runId) => new()
    {
        Devices = _grants.GetValueOrDefault(runId, []),
        QueuePosition = _queue.IndexOf(runId) + 1,
    };

    private void Divide()
    {
        var usable = _silos.Values.SelectMany(silo => silo.Report.Devices)
            .Where(device => device.State is DeviceState.Free or DeviceState.Busy)
            .ToDictionary(device => device.Device.Id, StringComparer.Ordinal);
        var order = _claims.Values.Select(claim => claim.Claim)
            .OrderByDescending(claim => Held(claim, usable).Any() || StillGranted(claim, usable).Any())
            .ThenByDescending(claim => claim.Priority)
            .ThenBy(claim => claim.SubmittedAt)
            .ThenBy(claim => claim.RunId, StringComparer.Ordinal)
            .ToList();
        var shares = Shares(order, usable, usable.Values.Count(device => !IsStrange(device)));

        // A device is free for others once its owner says that it has let go, and its silo that nobody else is there.
        var taken = order.SelectMany(claim => claim.Holding.Concat(_grants.GetValueOrDefault(claim.RunId, []).Select(device => device.Id))).ToHashSet(StringComparer.Ordinal);
        var free = usable.Values.Where(device => device.State == DeviceState.Free && !taken.Contains(device.Device.Id)).Select(device => device.Device).ToList();
        var memory = Memory(order, usable);
        var grants = new Dictionary<string, ImmutableArray<DeviceInfo>>(StringComparer.Ordinal);
        foreach (var claim in order)
        {
            var share = shares[claim.RunId];
            grants[claim.RunId] = Choose(claim, share, Math.Min(share, claim.Least), usable, free, memory);
            if (grants[claim.RunId].IsEmpty && share > 0)
            {
                memory.KeepFor(claim, usable.Values.Select(device => device.Device));
            }
        }

        // They grow with what those who wait have left.
        foreach (var claim in order.Where(claim => !grants[claim.RunId].IsEmpty))
        {
            var granted = grants[claim.RunId].ToList();
            Extend(granted, claim, shares[claim.RunId], free, memory);
            grants[claim.RunId] = [.. granted];
        }

        _grants = grants;
        _queue = [.. order.Where(claim => grants[claim.RunId].IsEmpty).Select(claim => claim.RunId)];
    }

    /// <summary>What silos have left beside the replicas that there are, or may be.</summary>
    private SiloMemoryBudget Memory(List<DeviceClaim> order, Dictionary<string, DeviceStatus> usable)
    {
        var memory = new SiloMemoryBudget(usable.Values.Select(device => device.Device));
        foreach (var claim in order)
        {
            foreach (var device in Known(claim, usable))
            {
                memory.Occupy(claim, device);
            }
        }

        return memory;
    }

    /// <summary>How many devices each run shall have.</summary>
    private Dictionary<string, int> Shares(List<DeviceClaim> order, Dictionary<string, DeviceStatus> usable, int left)
    {
        var shares = order.ToDictionary(claim => claim.RunId, _ => 0, StringComparer.Ordinal);
        foreach (var claim in order)
        {
            // A run that has lost devices goes on with what it still holds.
            var least = IsGoing(claim) ? Math.Clamp(Held(claim, usable).Count(), 1, claim.Least) : claim.Least;
            if (Capacity(claim, usable) < least)
            {
                continue;
            }

            if (least > left)
            {
                break;
            }

            shares[claim.RunId] = least;
            left -= least;
        }

        for (var grew = true; grew && left > 0;)
        {
            grew = false;
            foreach (var claim in order.Where(claim => shares[claim.RunId] > 0 && shares[claim.RunId] < claim.Most))
            {
                if (left == 0)
                {
                    break;
                }

                shares[claim.RunId]++;
                left--;
                grew = true;
            }
        }

        return shares;
    }

    /// <summary>How many devices a run could have if there were no other.</summary>
    private int Capacity(DeviceClaim claim, Dictionary<string, DeviceStatus> usable) => usable.Values
        .Where(device => !IsStrange(device) && !claim.Avoid.Contains(device.Device.Id))
        .GroupBy(device => DeviceId.Silo(device.Device.Id), device => device.Device, StringComparer.Ordinal)
        .Sum(silo => SiloMemoryBudget.Capacity(claim.Memory, [.. silo]));

    /// <summary>What a run keeps of its share, and as much more as it needs to start.</summary>
    private ImmutableArray<DeviceInfo> Choose(
        DeviceClaim claim, int share, int least, Dictionary<string, DeviceStatus> usable, List<DeviceInfo> free, SiloMemoryBudget memory)
    {
        var known = Known(claim, usable).Take(share).ToList();
        Extend(known, claim, least, free, memory);

        // A run that waits starts with its least number or not at all.
        return known.Count >= (IsGoing(claim) ? 1 : claim.Least) ? [.. known] : [];
    }

    /// <summary>Adds free devices, near ones first, until there are enough.</summary>
    private static void Extend(List<DeviceInfo> known, DeviceClaim claim, int enough, List<DeviceInfo> free, SiloMemoryBudget memory)
    {
        foreach (var device in free.Where(device => !claim.Avoid.Contains(device.Id) && SiloMemoryBudget.Fits(claim, device)).OrderByDescending(device => IsNear(device, known)).ToList())
        {
            if (known.Count >= enough)
            {
                return;
            }

            if (memory.TryOccupy(claim, device))
            {
                known.Add(device);
                free.Remove(device);
            }
        }
    }

    /// <summary>Devices that a run has already, whatever its share.</summary>
    private IEnumerable<DeviceInfo> Known(DeviceClaim claim, Dictionary<string, DeviceStatus> usable) => Held(claim, usable)
        .Concat(StillGranted(claim, usable))
        .Concat(Owned(claim, usable))
        .DistinctBy(device => device.Id);

    private static bool IsGoing(DeviceClaim claim) => claim.Holding.Length > 0;

    private static bool IsNear(DeviceInfo device, List<DeviceInfo> known) =>
        known.Exists(other => DeviceId.Silo(other.Id) == DeviceId.Silo(device.Id));

    private IEnumerable<DeviceInfo> StillGranted(DeviceClaim claim, Dictionary<string, DeviceStatus> usable) =>
        _grants.GetValueOrDefault(claim.RunId, []).Where(device => usable.ContainsKey(device.Id) && !claim.Avoid.Contains(device.Id));

    private static IEnumerable<DeviceInfo> Held(DeviceClaim claim, Dictionary<string, DeviceStatus> usable) =>
        claim.Holding.Where(id => usable.ContainsKey(id) && !claim.Avoid.Contains(id)).Select(id => usable[id].Device);

    /// <summary>Its own already, though it may not know: its coordinator was lost before it stored what it had.</summary>
    private static IEnumerable<DeviceInfo> Owned(DeviceClaim claim, Dictionary<string, DeviceStatus> usable) =>
        usable.Values.Where(device => device.RunId == claim.RunId && !claim.Avoid.Contains(device.Device.Id)).Select(device => device.Device);

    private bool IsClaimed(string id, string owner) => _claims.TryGetValue(owner, out var claim)
        && (claim.Claim.Holding.Contains(id) || _grants.GetValueOrDefault(owner, []).Any(device => device.Id == id));

    /// <summary>Busy with a run that claims nothing, whose coordinator may be on its way.</summary>
    private bool IsStrange(DeviceStatus device) => device.RunId is { } owner && !_claims.ContainsKey(owner);
}
