namespace DistributedFreeze.Simulation.World;

/// <summary>A world of one thread and a clock of its own: everything that happens is taken from one queue, in an order that a seed decides.</summary>
internal sealed class SimWorld(int seed)
{
    private readonly PriorityQueue<(SimProcess Process, Action Happens), (long At, long Order)> _queue = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _order;

    /// <summary>Many times what a scenario takes: something goes round in a circle.</summary>
    private const long MostTurns = 300_000;

    /// <summary>The one source of chance.</summary>
    public Random Random { get; } = new(seed);

    /// <summary>Time since the world began.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>What has happened so far, each a turn of some process.</summary>
    public long Steps { get; private set; }

    /// <summary>What was found to be wrong; the world ends with the first.</summary>
    public string? Violation { get; private set; }

    /// <summary>Lets something happen in a process.</summary>
    /// <param name="process">Where; a process that is dead by then does nothing, one that stands still does it later.</param>
    /// <param name="delay">When, from now.</param>
    /// <param name="happens">What.</param>
    /// <exception cref="InvalidOperationException">It comes from another thread than the world's: nothing would be the same again.</exception>
    public void Schedule(SimProcess process, TimeSpan delay, Action happens)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException("Something has left the world's thread.");
        }

        _queue.Enqueue((process, happens), ((Now + delay).Ticks, _order++));
    }

    /// <summary>A time between two, evenly.</summary>
    public TimeSpan Between(double least, double most) => TimeSpan.FromSeconds(least + Random.NextDouble() * (most - least));

    public bool Chance(double share) => Random.NextDouble() < share;

    public T Any<T>(IReadOnlyList<T> among) => among[Random.Next(among.Count)];

    /// <summary>Something is wrong that must never be.</summary>
    public void Violate(string what) => Violation ??= $"at {Now.TotalSeconds:0.000} s: {what}";

    /// <summary>Goes on until something holds, something is wrong, nothing is left to happen or the time is over.</summary>
    /// <returns>Whether it holds.</returns>
    public bool RunUntil(Func<bool> holds, TimeSpan until)
    {
        var outside = SynchronizationContext.Current;
        try
        {
            while (!holds() && Violation is null && _queue.TryDequeue(out var next, out var at) && at.At <= until.Ticks)
            {
                Now = TimeSpan.FromTicks(Math.Max(Now.Ticks, at.At));
                if (next.Process.IsDead)
                {
                    continue;
                }

                if (next.Process.StandsUntil > Now)
                {
                    _queue.Enqueue(next, (next.Process.StandsUntil.Ticks, at.Order));
                    continue;
                }

                if (++Steps > MostTurns)
                {
                    Violate($"the world does not come to rest: {next.Process.Name} is at it again and again");
                }

                SynchronizationContext.SetSynchronizationContext(next.Process);
                next.Happens();
            }

            return holds();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
        }
    }
}
