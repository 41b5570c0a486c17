using System.Collections.Immutable;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Divides devices among runs.</summary>
/// <remarks>
/// A run that trains, or is about to, keeps its least number: nobody is thrown out, and a grant is exclusive from the moment it is given. Who
/// waits comes next, by priority and then by age, and nobody overtakes one who does not fit yet; one who cannot start at all, since there are
/// too few devices that it does not avoid, is overtaken until there are more. What is left goes round, so that runs grow towards their most;
/// they give it back when somebody waits. A silo's memory is divided with its devices: a replica is granted a device only where the silo has the
/// memory that its run was predicted to need, and who waits for memory comes before those who would grow. Whose owner has as many devices as they may
/// is overtaken, too. A run's devices are of one class, and who waits for one class holds up nobody who is for another. Since the number of replicas never changes a result, none of this is more than a matter of time.
/// Not thread-safe.
/// </remarks>
internal sealed partial class DeviceAllocator
{
    /// <summary>A silo that has not reported for so long is taken to be gone.</summary>
    public static readonly TimeSpan SiloTimeout = TimeSpan.FromSeconds(15);

    /// <summary>A run with devices that has not repeated its claim for so long has let go; so has one that was granted some and has not come for them.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A run that waits and has not repeated its claim for so long waits no longer. It is told its turn, and asks but once a minute by itself.</summary>
    public static readonly TimeSpan WaitTimeout = TimeSpan.FromMinutes(3);

    /// <summary>Between two times that a run is told its turn, until it comes.</summary>
    private static readonly TimeSpan TurnPause = TimeSpan.FromSeconds(2);

    /// <summary>A division in which one gives a device back and another gets it takes two rounds; more have not been seen.</summary>
    private const int MostRounds = 4;

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
    private readonly RequestQueue _claims = new();
    private readonly QueueWaits _waits = new();
    private readonly Dictionary<string, Turn> _turns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string RunId, DateTimeOffset RenewedAt)> _leases = new(StringComparer.Ordinal);
    private Dictionary<string, ImmutableArray<DeviceInfo>> _grants = new(StringComparer.Ordinal);
    private Dictionary<string, int>? _positions;
    private DateTimeOffset _now;

    /// <summary>Ids of the runs that wait, the next one first.</summary>
    public ImmutableArray<string> Queue => [.. Waiting(Usable())];

    /// <summary>How many runs wait.</summary>
    public int QueueLength => _claims.Count - _grants.Count;

    /// <summary>
    /// How long the run that has waited longest does so since this allocator knows of it, or since its owner's quota last kept it; 0 where none waits
    /// for anything but that.
    /// </summary>
    public TimeSpan LongestWait(DateTimeOffset now) => _waits.Longest(now, IsOverQuota);

    /// <summary>Every device, in order of its id.</summary>
    public ImmutableArray<DeviceStatus> Devices =>
        [.. _silos.Values.SelectMany(silo => silo.Report.Devices).OrderBy(device => device.Device.Id, StringComparer.Ordinal)];

    public void Report(SiloReport report, DateTimeOffset now)
    {
        _now = now;
        var isNews = !_silos.TryGetValue(report.Silo, out var before) || before.Report.Leaving != report.Leaving || !before.Report.Devices.SequenceEqual(report.Devices);
        _silos[report.Silo] = (report, now);
        if (isNews)
        {
            Divide();
        }
    }

    /// <returns>False where a silo claims that has left: it stood still, and the run has another coordinator or none. Such a claim changes nothing.</returns>
    public bool Claim(DeviceRequest claim, DateTimeOffset now)
    {
        if (claim.By is { } silo && _left.Contains(silo))
        {
            return false;
        }

        _now = now;
        _letGo.Remove(claim.RunId);
        if (_claims.TryGet(claim.RunId, out var before) && before.Class != claim.Class)
        {
            ForgetPatience(claim.RunId);
        }

        if (_claims.Put(claim, now))
        {
            Divide();
            if (!_grants.ContainsKey(claim.RunId))
            {
                _waits.Begin(claim.RunId, now);
            }
        }

        return true;
    }

    /// <summary>A run lets go of all devices.</summary>
    public void Release(string runId, DateTimeOffset now)
    {
        _now = now;
        _letGo[runId] = now;
        if (Drop(runId))
        {
            Divide();
        }
    }

    /// <summary>Whether a silo has reported.</summary>
    public bool Knows(string silo) => _silos.ContainsKey(silo);

    /// <summary>Forgets a silo that has left, and hears nothing of it any more. Runs that waited there claim anew from where they go on.</summary>
    public void Remove(string silo)
    {
        if (!_left.Add(silo))
        {
            return;
        }

        var waited = _claims.Where((claim, _) => claim.By == silo && claim.Holding.IsEmpty && !_grants.ContainsKey(claim.RunId));
        waited.ForEach(runId => Drop(runId));
        if (_silos.Remove(silo) || waited.Count > 0)
        {
            Divide();
        }
    }

    /// <summary>Silos that the cluster does not name any more need not be remembered as gone.</summary>
    /// <param name="gone">Those that it names as gone.</param>
    public void Retain(IReadOnlySet<string> gone) => _left.IntersectWith(gone);

    /// <summary>Forgets silos and claims that have not been heard of.</summary>
    public void Expire(DateTimeOffset now)
    {
        _now = now;
        var silos = _silos.Where(silo => now - silo.Value.At > SiloTimeout).Select(silo => silo.Key).ToList();
        var claims = _claims.Where((claim, at) => now - LastOf(claim.RunId, at) > (claim.Holding.IsEmpty && !_grants.ContainsKey(claim.RunId) ? WaitTimeout : RequestTimeout));
        silos.ForEach(silo => _silos.Remove(silo));
        claims.ForEach(claim => Drop(claim));
        foreach (var (runId, _) in _letGo.Where(run => now - run.Value > LeaseTime).ToList())
        {
            _letGo.Remove(runId);
        }

        if (silos.Count + claims.Count > 0 || FreeStranded())
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
                _leases[id] = (owner, _claims.At(owner));
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
        QueuePosition = PositionOf(runId),
        Reason = ReasonOf(runId),
    };

    /// <summary>A run's place in the queue, and what it waits for.</summary>
    public QueueStanding StandingOf(string runId) => new(PositionOf(runId), ReasonOf(runId));

    /// <summary>A run's place in the queue, from 1; 0 where it does not wait.</summary>
    public int PositionOf(string runId)
    {
        if (_grants.ContainsKey(runId) || !_claims.Has(runId))
        {
            return 0;
        }

        if (_claims.IsLast(runId) && !_claims.Holding.Contains(runId))
        {
            return QueueLength; // who has only just come: no other one need be counted
        }

        _positions ??= Waiting(Usable()).Select((id, index) => (id, index)).ToDictionary(one => one.id, one => one.index + 1, StringComparer.Ordinal);
        return _positions.GetValueOrDefault(runId);
    }

    /// <summary>Runs that waited, are granted devices, and have not been told yet, or have not come when they were.</summary>
    /// <param name="now">The time; who is in the answer counts as told for a moment.</param>
    public ImmutableArray<string> Turns(DateTimeOffset now)
    {
        var turns = _turns.Where(one => now - one.Value.ToldAt >= TurnPause).Select(one => one.Key).ToImmutableArray();
        foreach (var runId in turns)
        {
            _turns[runId] = _turns[runId] with { ToldAt = now };
        }

        return turns;
    }

    /// <summary>A run has heard what it is granted.</summary>
    public void Heard(string runId) => _turns.Remove(runId);

    /// <returns>False where it claims nothing.</returns>
    private bool Drop(string runId)
    {
        _waits.End(runId);
        ForgetPatience(runId);
        return _claims.Remove(runId);
    }

    /// <summary>When a run claimed last, or was granted what it has not heard of.</summary>
    private DateTimeOffset LastOf(string runId, DateTimeOffset at) => _turns.TryGetValue(runId, out var turn) && turn.Since > at ? turn.Since : at;

    private bool IsClaimed(string id, string owner) => _claims.TryGet(owner, out var claim)
        && (claim.Holding.Contains(id) || _grants.GetValueOrDefault(owner, []).Any(device => device.Id == id));

    /// <summary>A grant that its run has not heard of.</summary>
    /// <param name="Since">When it was granted.</param>
    /// <param name="ToldAt">When its run was told last.</param>
    private readonly record struct Turn(DateTimeOffset Since, DateTimeOffset ToldAt);
}
