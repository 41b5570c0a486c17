using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Simulation.World;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>A silo: its process, its devices, what it knows of the others, and the coordinators that live in it.</summary>
internal sealed class SimSilo
{
    private readonly SimCluster _cluster;
    private readonly Dictionary<Task, Action> _drives = [];
    private readonly SiloDeparture _departure = new();

    public SimSilo(SimCluster cluster, int number, int slots)
    {
        _cluster = cluster;
        Address = $"10.0.0.{1 + number % 250}:11111@{number + 1}";
        Process = new(cluster.World, Address);
        Door = new(cluster.Store, Process);
        Grains = GrainDoors.For(cluster, this);
        Members = new(this);
        Replicas = [.. Enumerable.Range(0, slots).Select(slot =>
            new SimReplica(cluster.World, this, DeviceId.Of(Address, $"cpu:{slot}"), cluster.Exchange, cluster.Run, cluster.Disk))];
        var watch = new StoreWatch(Door, Process.Time);
        Keeper = new(Members, Grains, Process.Time, NullLogger<OrphanRecovery>.Instance);
        Services = new()
        {
            Grains = Grains,
            Time = Process.Time,
            Telemetry = cluster.Telemetry,
            Roots = PathRoots.Anywhere,
            Options = new() { CheckpointInterval = cluster.CheckpointInterval },
            Whereabouts = new(Members),
            RetryingStore = new(watch, _departure, Process.Time, NullLogger<RetryingStore>.Instance),
            Watch = Watch,
            LookAgain = () => Keeper.LookAgain(),
            ReadLeft = read => Task.FromResult(read()), // threads of the pool are no part of the world that is played
            Logger = cluster.Logger,
        };
    }

    public string Address { get; }

    public SimProcess Process { get; }

    public StoreDoor Door { get; }

    public IGrainFactory Grains { get; }

    public SimMembers Members { get; }

    public ImmutableArray<SimReplica> Replicas { get; }

    public RunServices Services { get; }

    public OrphanRecovery Keeper { get; }

    /// <summary>Asked to end.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>The others have declared it dead, whether it is or not.</summary>
    public bool IsDeclaredDead { get; set; }

    public bool IsUp => !Process.IsDead && !IsDeclaredDead;

    public void Begin() => _cluster.World.Schedule(Process, TimeSpan.Zero, () =>
    {
        _ = ReportAsync();
        Keeper.StartAsync(CancellationToken.None);
    });

    /// <summary>Tells the scheduler at once of what has changed.</summary>
    public void Report() => _ = TryReportAsync();

    /// <summary>A step was applied to the weights of a replica here.</summary>
    public void Applied((int Phase, int Epoch, int Step) place) => _cluster.Applied(place);

    /// <summary>As under SIGTERM: gives its devices back, leaves its runs to others, and ends.</summary>
    public void Leave() => _cluster.World.Schedule(Process, TimeSpan.Zero, async () =>
    {
        IsLeaving = true;
        _departure.Begin();
        await TryReportAsync();
        foreach (var leave in _drives.Values.ToList())
        {
            leave();
        }

        await Task.WhenAny(Task.WhenAll(_drives.Keys), Task.Delay(TimeSpan.FromSeconds(20), Process.Time));
        for (var turns = 0; turns < 40 && Replicas.Any(replica => replica.RunId is not null); turns++)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.5), Process.Time);
        }

        _cluster.Kill(this, isKnownAtOnce: true);
    });

    private void Watch(string runId, Task drive, Action leave)
    {
        _drives.Add(drive, leave);
        if (IsLeaving)
        {
            leave();
        }
    }

    private async Task ReportAsync()
    {
        while (true)
        {
            await TryReportAsync();
            await Task.Delay(TimeSpan.FromSeconds(2), Process.Time);
        }
    }

    private async Task TryReportAsync()
    {
        try
        {
            await Grains.GetGrain<ISchedulerGrain>(0).ReportAsync(new()
            {
                Silo = Address,
                Leaving = IsLeaving,
                Devices = [.. Replicas.Select(StatusOf)],
            });
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException)
        {
            // The next one makes up for it.
        }
    }

    private DeviceStatus StatusOf(SimReplica replica) => new()
    {
        Device = new() { Id = replica.Device, Model = "simulated", Host = Address, ExchangeAddress = Address },
        State = IsLeaving ? DeviceState.Leaving : replica.RunId is null ? DeviceState.Free : DeviceState.Busy,
        RunId = replica.RunId,
    };
}
