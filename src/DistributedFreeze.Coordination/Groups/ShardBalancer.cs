using System.Collections.Immutable;
using DistributedFreeze.Exchange;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>How a run's shards are assigned to its replicas: evenly, or by speed where one is much slower than the others. Not thread-safe.</summary>
/// <remarks>Who computes a shard changes no bit, so the assignment may follow the clock. It changes seldom: a new group costs a moment.</remarks>
/// <param name="shards">Shards of the run.</param>
/// <param name="moves">Whether shards move at all.</param>
internal sealed class ShardBalancer(int shards, bool moves)
{
    /// <summary>Share of the time of a step that a new assignment has to leave, at most: shards move where a step is a fifth shorter.</summary>
    public const double WorthMoving = 0.8;

    /// <summary>Windows after a new assignment in which nobody is taken for as fast as before: the others may still fill their caches.</summary>
    public const int RestWindows = 10;

    private readonly StragglerWatch _watch = new();
    private ImmutableDictionary<string, double>? _seconds;
    private int _rest;

    /// <summary>The shards of each member of a group.</summary>
    /// <param name="devices">Ids of the members' devices, in their order.</param>
    public ImmutableArray<ImmutableArray<int>> Of(ImmutableArray<string> devices) =>
        _seconds is { } seconds && devices.Length > 1 && devices.All(seconds.ContainsKey)
            ? ShardAssignment.Divide(shards, [.. devices.Select(device => seconds[device])])
            : ShardAssignment.Divide(shards, devices.Length);

    /// <summary>Takes note of a window.</summary>
    /// <param name="members">What each did.</param>
    /// <param name="steps">How many steps it had.</param>
    /// <returns>Who has turned out to be slow, and whether shards are to be assigned anew.</returns>
    public (ImmutableArray<RunEvent.Straggler> Found, bool IsNew) Observe(IReadOnlyList<MemberWindow> members, int steps)
    {
        _rest = Math.Max(0, _rest - 1);
        var (found, hasRecovered) = _watch.Observe(members, steps);
        if (!moves || (found.IsEmpty && !(hasRecovered && _seconds is not null && _rest == 0)))
        {
            return (found, false);
        }

        var before = _seconds;
        _seconds = _watch.Any ? _watch.Seconds : null;
        if (!found.IsEmpty && !IsWorthIt(members))
        {
            _seconds = before;
            return (found, false);
        }

        _rest = RestWindows;
        return ([.. found.Select(slow => slow with { MovesShards = true })], true);
    }

    private bool IsWorthIt(IReadOnlyList<MemberWindow> members)
    {
        var seconds = _watch.Seconds;
        var now = members.Max(member => member.Shards * seconds[member.Device]);
        var then = Of([.. members.Select(member => member.Device)]).Zip(members, (own, member) => own.Length * seconds[member.Device]).Max();
        return then <= WorthMoving * now;
    }
}
