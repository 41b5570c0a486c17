using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Simulation.Runs;
using DistributedFreeze.Simulation.World;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>Silos, what lies between them, and who of them a grain lives on.</summary>
internal sealed class SimCluster
{
    /// <summary>So few that a run of seven epochs has pages.</summary>
    public const int EpochsOfPage = 2;

    private readonly Dictionary<(SimProcess, SimProcess), TimeSpan> _cut = [];
    private readonly List<(SimSilo To, SimProcess From, Action<Exception> Fail)> _calls = [];
    private readonly QueueMetrics _queue;
    private SimActivation? _coordinator;
    private (SimSilo Silo, SchedulerGrain Grain)? _scheduler;
    private int _born;

    public SimCluster(SimWorld world, SimRun run, RunTelemetry telemetry, QueueMetrics queue, ILogger logger)
    {
        World = world;
        Run = run;
        Telemetry = telemetry;
        Logger = logger;
        _queue = queue;
        Store = new(world);
        Disk = new(world);
        Exchange = new(world, Apart);
    }

    public SimWorld World { get; }

    public SimRun Run { get; }

    public RunTelemetry Telemetry { get; }

    public ILogger Logger { get; }

    public SimStore Store { get; }

    public SimDisk Disk { get; }

    public SimExchange Exchange { get; }

    public List<SimSilo> Silos { get; } = [];

    /// <summary>Silos that run and that the others have not given up.</summary>
    public List<SimSilo> Up => Silos.FindAll(silo => silo.IsUp);

    /// <summary>Share of the messages that are lost.</summary>
    public double LostMessages { get; set; }

    /// <summary>Share of calls between silos that arrive twice, the second time perhaps long after the first.</summary>
    public double RepeatedMessages { get; set; }

    /// <summary>Share of the device's steps that fail.</summary>
    public double FailingDevices { get; set; }

    /// <summary>Least time between two checkpoints: an epoch's, or most of a phase's.</summary>
    public TimeSpan CheckpointInterval { get; init; }

    /// <summary>What every replica does wrong.</summary>
    public SimFault Fault { get; set; }

    /// <summary>The silo that coordinates the run; null where none does.</summary>
    public SimSilo? Coordinator => _coordinator?.Silo;

    /// <summary>Hears of each event that a watcher is told.</summary>
    public Action<DistributedFreeze.Runs.RunEvent>? Told { get; set; }

    /// <summary>Steps that were applied, with how often: once per replica, and again after a loss.</summary>
    public Dictionary<(int Phase, int Epoch, int Step), int> StepsApplied { get; } = [];

    public SimSilo Add(int slots)
    {
        var silo = new SimSilo(this, _born++, slots);
        Silos.Add(silo);
        foreach (var replica in silo.Replicas)
        {
            replica.Fails = FailingDevices;
            replica.Fault = Fault;
            replica.Slow = World.Chance(0.2) ? 6 : 1;
        }

        foreach (var known in Silos)
        {
            silo.Members.Learn(known.Address, known.IsUp ? SiloStatus.Active : SiloStatus.Dead);
            if (known.IsUp && known != silo)
            {
                World.Schedule(known.Process, World.Between(0, 0.2), () => known.Members.Learn(silo.Address, SiloStatus.Active));
            }
        }

        silo.Begin();
        return silo;
    }

    /// <summary>Kills a silo; the others find out after a while.</summary>
    public void Kill(SimSilo silo, bool isKnownAtOnce = false)
    {
        if (silo.Process.IsDead)
        {
            return;
        }

        silo.Process.Kill();
        Exchange.HasDied(silo.Process);
        After(isKnownAtOnce ? TimeSpan.Zero : World.Between(0.3, 8), () => DeclareDead(silo));
    }

    /// <summary>Stops a silo for a while; where that is long, the others take it for dead, and it ends soon after it wakes.</summary>
    public void Stop(SimSilo silo, TimeSpan time)
    {
        silo.Process.StandStill(time);
        var retrying = World.Between(2, 8);
        if (time > retrying)
        {
            After(retrying, () => DeclareDead(silo));
            World.Schedule(silo.Process, time + World.Between(0, 3), () => Kill(silo));
        }
    }

    /// <summary>Cuts the link between two silos for a while: what is sent meanwhile arrives after it, as TCP sends again.</summary>
    public void Cut(SimSilo one, SimSilo other, TimeSpan time) => _cut[(one.Process, other.Process)] = World.Now + time;

    public void Applied((int Phase, int Epoch, int Step) place) => StepsApplied[place] = StepsApplied.GetValueOrDefault(place) + 1;

    public Task<object?> CallReplicaAsync(SimSilo from, string device, Func<object, object?> call, TimeSpan limit)
    {
        var silo = Silos.Find(known => known.Address == DeviceId.Silo(device))!;
        var replica = silo.Replicas.Single(known => known.Device == device);
        return CallAsync(from, silo, () => Completion(call(replica)), limit);
    }

    public Task<object?> CallSchedulerAsync(SimSilo from, Func<object, object?> call, TimeSpan limit)
    {
        if (_scheduler is not { } scheduler || !scheduler.Silo.IsUp)
        {
            var silo = Place();
            _scheduler = scheduler = (silo, new(silo.Grains, silo.Process.Time, silo.Members, _queue, NullLogger<SchedulerGrain>.Instance));
        }

        return CallAsync(from, scheduler.Silo, () => Completion(call(scheduler.Grain)), limit);
    }

    public async Task<object?> CallRunAsync(SimSilo from, Func<object, object?> call, bool interleaves)
    {
        while (true)
        {
            if (_coordinator is not { } activation || !activation.Silo.IsUp)
            {
                _coordinator = activation = new(this, Place());
                activation.Begin();
            }

            try
            {
                return await CallAsync(
                    from,
                    activation.Silo,
                    async () => await activation.IsReadyAsync() ? await activation.DoAsync(() => Completion(call(activation)), interleaves) : throw new HasLeftException(),
                    TimeSpan.FromSeconds(30));
            }
            catch (HasLeftException)
            {
                // Its calls go on to where the grain is next.
            }
        }
    }

    /// <summary>The part of the directory that knew the coordinator is lost: it is asked to go, and another one may come up beside it.</summary>
    public void ForgetCoordinator()
    {
        if (_coordinator is { } activation)
        {
            World.Schedule(activation.Silo.Process, World.Between(0, 0.5), activation.Leave);
        }
    }

    internal void HasLeft(SimActivation activation)
    {
        if (_coordinator == activation)
        {
            _coordinator = null;
        }
    }

    /// <summary>How long two processes will not reach one another.</summary>
    private TimeSpan Apart(SimProcess one, SimProcess other)
    {
        var until = _cut.GetValueOrDefault((one, other));
        until = _cut.GetValueOrDefault((other, one)) is var back && back > until ? back : until;
        return until > World.Now ? until - World.Now : TimeSpan.Zero;
    }

    private SimSilo Place()
    {
        var silos = Up.FindAll(silo => !silo.IsLeaving && silo.Process.StandsUntil <= World.Now);
        return silos.Count > 0 ? World.Any(silos) : Up is [var any, ..] ? any : throw new SiloUnavailableException("There is no silo.");
    }

    private void DeclareDead(SimSilo silo)
    {
        if (silo.IsDeclaredDead)
        {
            return;
        }

        silo.IsDeclaredDead = true;
        foreach (var other in Up)
        {
            World.Schedule(other.Process, World.Between(0, 0.2), () => other.Members.Learn(silo.Address, SiloStatus.Dead));
        }

        foreach (var call in _calls.Where(call => call.To == silo).ToList())
        {
            World.Schedule(call.From, World.Between(0, 0.3), () => call.Fail(new SiloUnavailableException("The silo is gone.")));
        }

        _calls.RemoveAll(call => call.To == silo);
        if (World.Chance(0.3))
        {
            ForgetCoordinator();
        }
    }

    private Task<object?> CallAsync(SimSilo from, SimSilo to, Func<Task<object?>> invoke, TimeSpan limit)
    {
        var answer = new TaskCompletionSource<object?>();
        var entry = (to, from.Process, new Action<Exception>(reason => answer.TrySetException(reason)));
        if (to.IsDeclaredDead)
        {
            World.Schedule(from.Process, World.Between(0.0005, 0.05), () => entry.Item3(new SiloUnavailableException("The silo is gone.")));
            return answer.Task;
        }

        _calls.Add(entry);
        World.Schedule(from.Process, limit, () =>
        {
            _calls.Remove(entry);
            answer.TrySetException(new TimeoutException("no answer came"));
        });
        for (var copies = IsLost(from, to) ? 0 : IsRepeated(from, to) ? 2 : 1; copies > 0; copies--)
        {
            World.Schedule(to.Process, Delay(from, to) + (copies > 1 ? World.Between(0, World.Chance(0.3) ? 5 : 0.1) : TimeSpan.Zero), async () =>
            {
                object? value = null;
                Exception? error = null;
                try
                {
                    value = await invoke();
                }
                catch (Exception reason)
                {
                    error = reason;
                }

                if (!IsLost(to, from))
                {
                    World.Schedule(from.Process, Delay(to, from), () =>
                    {
                        _calls.Remove(entry);
                        _ = error is null ? answer.TrySetResult(value) : answer.TrySetException(error);
                    });
                }
            });
        }

        return answer.Task;
    }

    /// <summary>What a client asks twice it has asked twice: a second pause after a resume is a pause.</summary>
    private bool IsRepeated(SimSilo from, SimSilo to) => from != to && Silos.Contains(from) && World.Chance(RepeatedMessages);

    private bool IsLost(SimSilo from, SimSilo to) => from != to && World.Chance(LostMessages);

    private TimeSpan Delay(SimSilo from, SimSilo to) => from == to ? TimeSpan.FromMicroseconds(50) : Apart(from.Process, to.Process) + World.Between(0.0003, World.Chance(0.02) ? 0.5 : 0.01);

    private void After(TimeSpan time, Action happens) => World.Schedule(Outside, time, happens);

    /// <summary>Where things happen that are no process's.</summary>
    private SimProcess Outside => field ??= new(World, "outside");

    private static async Task<object?> Completion(object? call)
    {
        await (Task)call!;
        return call.GetType().GetProperty("Result")?.GetValue(call);
    }
}
