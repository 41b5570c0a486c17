using System.Collections.Immutable;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>Finds the replicas that take several times as long for a shard as the others. Not thread-safe.</summary>
/// <remarks>
/// A replica's own time counts, without the exchange, in which it waits for the others. One window says little: an image is decoded, a cache is
/// warmed. Windows in which some compute features and others read them say nothing. GPUs of one silo wait for one another where no clock sees it, so that
/// a slow one among them takes no longer than the others do.
/// </remarks>
internal sealed class StragglerWatch
{
    /// <summary>How many times as long as the median of the others.</summary>
    public const double Slow = 3;

    /// <summary>Who was slow and takes less than this is as fast as the others again.</summary>
    public const double Fast = 1.5;

    /// <summary>Windows in a row that make a straggler, or end it.</summary>
    public const int Windows = 3;

    /// <summary>A window in which no replica had as much to do by itself says nothing, in seconds.</summary>
    public const double LeastSeconds = 0.25;

    private static readonly ImmutableArray<string> PartNames = ["read", "prefix", "tail", "apply"];

    private readonly Dictionary<string, int> _slow = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _fast = new(StringComparer.Ordinal);
    private readonly HashSet<string> _stragglers = new(StringComparer.Ordinal);

    /// <summary>Seconds that a shard of a step took in the last window that counted, by device.</summary>
    public ImmutableDictionary<string, double> Seconds { get; private set; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>True where some replica is slow now.</summary>
    public bool Any => _stragglers.Count > 0;

    /// <summary>Takes note of a window.</summary>
    /// <param name="members">Who took part.</param>
    /// <param name="steps">How many steps it had.</param>
    /// <returns>Who has just become a straggler, and whether one has just ceased to be.</returns>
    public (ImmutableArray<RunEvent.Straggler> Found, bool HasRecovered) Observe(IReadOnlyList<MemberWindow> members, int steps)
    {
        Forget(members);
        if (steps == 0 || members.Count < 2 || members.Select(member => member.FeaturesComputed > 0).Distinct().Count() > 1
            || members.Any(member => Own(member.Times) <= 0) || members.Max(member => Own(member.Times)) < LeastSeconds)
        {
            return ([], false);
        }

        var each = members.Select(member => (member.Device, Parts: PartsOf(member, steps))).ToList();
        Seconds = each.ToImmutableDictionary(member => member.Device, member => member.Parts.Sum(), StringComparer.Ordinal);
        var found = ImmutableArray.CreateBuilder<RunEvent.Straggler>();
        var hasRecovered = false;
        var totals = each.Select(member => Seconds[member.Device]).Order().ToArray(); // once for all: there may be a thousand
        foreach (var (device, parts) in each)
        {
            var times = Seconds[device] / MedianOfOthers(totals, Seconds[device]);
            var slow = _slow[device] = times >= Slow ? _slow.GetValueOrDefault(device) + 1 : 0;
            var fast = _fast[device] = times < Fast ? _fast.GetValueOrDefault(device) + 1 : 0;
            if (slow >= Windows && _stragglers.Add(device))
            {
                found.Add(new(device, times, PartNames[SlowPart(each, device, parts)]));
            }

            hasRecovered |= fast >= Windows && _stragglers.Remove(device);
        }

        return (found.ToImmutable(), hasRecovered);
    }

    private static ImmutableArray<double> PartsOf(MemberWindow member, int steps)
    {
        double shards = (double)member.Shards * steps;
        var times = member.Times;
        return [times.Read / shards, times.Prefix / shards, times.Tail / shards, times.Apply / shards];
    }

    private static double Own(StepTimes times) => times.Read + times.Prefix + times.Tail + times.Apply;

    private static int SlowPart(List<(string Device, ImmutableArray<double> Parts)> each, string device, ImmutableArray<double> parts)
    {
        var others = each.Where(other => other.Device != device).Select(other => other.Parts).ToList();
        return Enumerable.Range(0, parts.Length).MaxBy(i => parts[i] - Median([.. others.Select(other => other[i]).Order()]));
    }

    private static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    /// <summary>The median of sorted numbers without one of them.</summary>
    private static double MedianOfOthers(double[] sorted, double own)
    {
        var (place, others) = (Array.BinarySearch(sorted, own), sorted.Length - 1);
        return (Other((others - 1) / 2) + Other(others / 2)) / 2;

        double Other(int i) => sorted[i < place ? i : i + 1];
    }

    /// <summary>Who has left and comes back begins anew.</summary>
    private void Forget(IReadOnlyList<MemberWindow> members)
    {
        var here = members.Select(member => member.Device).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _slow.Keys.Where(device => !here.Contains(device)).ToList())
        {
            _slow.Remove(gone);
            _fast.Remove(gone);
            _stragglers.Remove(gone);
        }
    }
}

/// <summary>What a replica did in a window.</summary>
/// <param name="Device">Id of its device.</param>
/// <param name="Shards">Shards that it computed in every step.</param>
/// <param name="Times">Where its time went.</param>
/// <param name="FeaturesComputed">Images whose features it computed.</param>
internal sealed record MemberWindow(string Device, int Shards, StepTimes Times, long FeaturesComputed);
