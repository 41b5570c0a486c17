namespace DistributedFreeze.Simulation.World;

/// <summary>A process of the world: its continuations are turns of the world, and a process that is killed has none any more.</summary>
internal sealed class SimProcess : SynchronizationContext
{
    private readonly SimWorld _world;

    public SimProcess(SimWorld world, string name)
    {
        _world = world;
        Name = name;
        Time = new SimTime(world, this);
    }

    public string Name { get; }

    /// <summary>The process's clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Killed: whatever it was about to do is never done.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Until when it stands still, as under SIGSTOP.</summary>
    public TimeSpan StandsUntil { get; private set; }

    public void Kill() => IsDead = true;

    public void StandStill(TimeSpan time) => StandsUntil = _world.Now + time;

    public override void Post(SendOrPostCallback d, object? state) => _world.Schedule(this, TimeSpan.Zero, () => d(state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    private sealed class SimTime(SimWorld world, SimProcess process) : TimeProvider
    {
        private static readonly DateTimeOffset Beginning = DateTimeOffset.UnixEpoch.AddDays(20_000);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Beginning + world.Now;

        public override long GetTimestamp() => world.Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(world, process, () => callback(state));
            timer.Change(dueTime, period);
            return timer;
        }
    }

    /// <summary>Fires once: nothing here asks for more.</summary>
    private sealed class Timer(SimWorld world, SimProcess process, Action fire) : ITimer
    {
        private int _set;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var set = ++_set;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                world.Schedule(process, dueTime, () =>
                {
                    if (set == _set)
                    {
                        fire();
                    }
                });
            }

            return true;
        }

        public void Dispose() => _set++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
