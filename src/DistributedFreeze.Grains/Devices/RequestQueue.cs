using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Claims in the order in which they are served: by priority, then by age. Not thread-safe.</summary>
/// <remarks>Adding and removing one takes time by the logarithm of their number.</remarks>
internal sealed class RequestQueue
{
    private static readonly Comparer<DeviceRequest> Order = Comparer<DeviceRequest>.Create(Compare);

    private readonly Dictionary<string, (DeviceRequest Claim, DateTimeOffset At)> _claims = new(StringComparer.Ordinal);
    private readonly SortedSet<DeviceRequest> _line = new(Order);
    private readonly HashSet<string> _holding = new(StringComparer.Ordinal);

    public int Count => _claims.Count;

    /// <summary>All of them, who is served first at first.</summary>
    public IEnumerable<DeviceRequest> InOrder => _line;

    /// <summary>Ids of the runs that hold devices.</summary>
    public IReadOnlyCollection<string> Holding => _holding;

    /// <summary>Which of two is served first.</summary>
    public static int Compare(DeviceRequest one, DeviceRequest other) =>
        one.Priority != other.Priority ? other.Priority.CompareTo(one.Priority)
        : one.SubmittedAt != other.SubmittedAt ? one.SubmittedAt.CompareTo(other.SubmittedAt)
        : string.CompareOrdinal(one.RunId, other.RunId);

    /// <summary>Takes a claim, or the same one again.</summary>
    /// <returns>False where it says nothing new.</returns>
    public bool Put(DeviceRequest claim, DateTimeOffset now)
    {
        var isKnown = TryGet(claim.RunId, out var known);
        if (isKnown && IsSame(claim, known!))
        {
            _claims[claim.RunId] = (known!, now);
            return false;
        }

        if (isKnown)
        {
            _line.Remove(known!);
        }

        _claims[claim.RunId] = (claim, now);
        _line.Add(claim);
        _ = claim.Holding.IsEmpty ? _holding.Remove(claim.RunId) : _holding.Add(claim.RunId);
        return true;
    }

    /// <returns>False where there is none.</returns>
    public bool Remove(string runId)
    {
        if (!_claims.Remove(runId, out var known))
        {
            return false;
        }

        _line.Remove(known.Claim);
        _holding.Remove(runId);
        return true;
    }

    public bool Has(string runId) => _claims.ContainsKey(runId);

    public bool TryGet(string runId, [NotNullWhen(true)] out DeviceRequest? claim)
    {
        var isThere = _claims.TryGetValue(runId, out var known);
        claim = known.Claim;
        return isThere;
    }

    /// <summary>When the run claimed last, which it does.</summary>
    public DateTimeOffset At(string runId) => _claims[runId].At;

    /// <summary>Ids of those of which something is so.</summary>
    public List<string> Where(Func<DeviceRequest, DateTimeOffset, bool> isSo) =>
        [.. _claims.Where(one => isSo(one.Value.Claim, one.Value.At)).Select(one => one.Key)];

    /// <summary>Whether nobody is served after it.</summary>
    public bool IsLast(string runId) => _line.Max?.RunId == runId;

    private static bool IsSame(DeviceRequest one, DeviceRequest other) =>
        one with { Holding = other.Holding, Avoid = other.Avoid } == other && one.Holding.SequenceEqual(other.Holding) && one.Avoid.SequenceEqual(other.Avoid);
}
