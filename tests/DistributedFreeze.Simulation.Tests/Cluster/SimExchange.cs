using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Simulation.World;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>The exchange of all groups: a step's sums reach each member in its own time, or not, once somebody has left.</summary>
internal sealed class SimExchange(SimWorld world, Func<SimProcess, SimProcess, TimeSpan> apart)
{
    private readonly Dictionary<(string RunId, int Phase, string Key), Group> _groups = [];

    public Seat Join(string runId, int phase, GroupOrder order, SimProcess process)
    {
        var key = (runId, phase, Convert.ToHexString(order.Key.AsSpan()));
        if (!_groups.TryGetValue(key, out var group))
        {
            _groups.Add(key, group = new(order.Members.Length));
        }

        group.Seats[order.Member] = new(this, group, order.Member, process);
        return group.Seats[order.Member]!;
    }

    /// <summary>A process is gone: its sockets close, at once or when others notice.</summary>
    public void HasDied(SimProcess process)
    {
        foreach (var group in _groups.Values)
        {
            if (Array.Find(group.Seats, seat => seat?.Process == process) is { } seat)
            {
                foreach (var other in group.Seats.Where(other => other is not null && other != seat))
                {
                    world.Schedule(other!.Process, world.Between(0.001, 0.5), () => Break(group));
                }
            }
        }
    }

    private void Break(Group group)
    {
        if (group.IsBroken)
        {
            return;
        }

        group.IsBroken = true;
        foreach (var waiting in group.Waiting.Values.SelectMany(step => step))
        {
            world.Schedule(waiting.Seat.Process, world.Between(0, 0.05), () => waiting.Total.TrySetException(new ExchangeBrokenException("A replica left.")));
        }

        foreach (var (seat, _, state) in group.Broadcast)
        {
            world.Schedule(seat.Process, world.Between(0, 0.05), () => state.TrySetException(new ExchangeBrokenException("A replica left.")));
        }
    }

    private Task<string> BroadcastAsync(Group group, Seat seat, string? sent)
    {
        if (group.IsBroken)
        {
            throw new ExchangeBrokenException("A replica left.");
        }

        RequireApart(group, group.Broadcast.Count < group.Seats.Length ? group.Waiting.Values.Any(step => step.Count < group.Seats.Length) : true);
        var waiting = (Seat: seat, Sent: sent, State: new TaskCompletionSource<string>());
        group.Broadcast.Add(waiting);
        if (group.Broadcast.Count == group.Seats.Length)
        {
            var states = group.Broadcast.Select(one => one.Sent).OfType<string>().ToList();
            if (states.Count != 1)
            {
                world.Violate($"{states.Count} replicas broadcast their state at once");
            }

            foreach (var one in group.Broadcast)
            {
                var late = group.Broadcast.Max(other => apart(one.Seat.Process, other.Seat.Process));
                world.Schedule(one.Seat.Process, late + world.Between(0.0005, 0.05), () => one.State.TrySetResult(states[0]));
            }
        }

        return waiting.State.Task;
    }

    /// <summary>A vector says nothing of what it is: who broadcasts while another trains would get a gradient for a state.</summary>
    private void RequireApart(Group group, bool meet)
    {
        if (meet)
        {
            world.Violate($"a broadcast meets a step, or another broadcast, in a group of {group.Seats.Length}");
        }
    }

    private Task<SimTotal> ExchangeAsync(Group group, Contribution own)
    {
        if (group.IsBroken)
        {
            throw new ExchangeBrokenException("A replica left.");
        }

        RequireApart(group, group.Broadcast.Count > 0 && group.Broadcast.Count < group.Seats.Length);
        var waiting = new Waiting(own.Seat, own, new());
        if (!group.Waiting.TryGetValue(own.Place, out var step))
        {
            group.Waiting.Add(own.Place, step = []);
        }

        step.Add(waiting);
        if (step.Count == group.Seats.Length)
        {
            Deliver(step);
        }

        return waiting.Total.Task;
    }

    private void Deliver(List<Waiting> step)
    {
        if (step.Select(one => one.Own.State).Distinct().Count() > 1)
        {
            world.Violate($"replicas with different weights add up the gradients of step {step[0].Own.Place}");
        }

        var shards = step.SelectMany(one => one.Own.Shards).OrderBy(shard => shard.Shard).ToImmutableArray();
        if (!shards.Select(shard => shard.Shard).SequenceEqual(Enumerable.Range(0, shards.Length)))
        {
            world.Violate($"step {step[0].Own.Place} has shards {string.Join(", ", shards.Select(shard => shard.Shard))}");
        }

        var total = new SimTotal(shards.Aggregate(0UL, (sum, shard) => Mix.Of(sum, shard.Gradient)), step.Exists(one => one.Own.WantsStop));
        foreach (var one in step)
        {
            var late = step.Max(other => apart(one.Seat.Process, other.Seat.Process));
            world.Schedule(one.Seat.Process, late + world.Between(0.0005, 0.05), () => one.Total.TrySetResult(total));
        }
    }

    /// <summary>One replica's place in one group.</summary>
    internal sealed class Seat(SimExchange exchange, Group group, int member, SimProcess process)
    {
        public int Member => member;

        public SimProcess Process => process;

        public Task<SimTotal> ExchangeAsync(Contribution own) => exchange.ExchangeAsync(group, own with { Seat = this });

        /// <summary>Sends a state to all members, or takes it over.</summary>
        /// <param name="state">What is sent; null where this member sends nothing.</param>
        public Task<string> BroadcastAsync(string? state) => exchange.BroadcastAsync(group, this, state);

        public void Break() => exchange.Break(group);
    }

    /// <summary>What a member brings to a step.</summary>
    internal sealed record Contribution((int Phase, int Epoch, int Step) Place, ImmutableArray<(int Shard, ulong Gradient)> Shards, ulong State, bool WantsStop)
    {
        public Seat Seat { get; init; } = null!;
    }

    internal sealed class Group(int members)
    {
        public Seat?[] Seats { get; } = new Seat?[members];

        public Dictionary<(int Phase, int Epoch, int Step), List<Waiting>> Waiting { get; } = [];

        public List<(Seat Seat, string? Sent, TaskCompletionSource<string> State)> Broadcast { get; } = [];

        public bool IsBroken { get; set; }
    }

    internal sealed record Waiting(Seat Seat, Contribution Own, TaskCompletionSource<SimTotal> Total);
}

/// <summary>What comes of a step's gradients.</summary>
internal readonly record struct SimTotal(ulong Value, bool Stop);

/// <summary>Stands for arithmetic: another input or another order, another value.</summary>
internal static class Mix
{
    /// <summary>Steele, Lea and Flood, Fast splittable pseudorandom number generators (2014): the finalizer of SplitMix64.</summary>
    public static ulong Of(ulong one, ulong other)
    {
        var mixed = one * 0x9E3779B97F4A7C15 + other + 0x632BE59BD9B4E019;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number like a loss, from 0 to 1.</summary>
    public static float Loss(ulong value) => (float)(value >> 40) / (1 << 24);
}
