using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Simulation.Cluster;
using DistributedFreeze.Simulation.World;

namespace DistributedFreeze.Simulation.Runs;

/// <summary>What befalls a cluster and its run: some kinds of it, at moments of chance and where they hurt most.</summary>
internal sealed class Faults
{
    private const int MostSilos = 5;

    private readonly SimWorld _world;
    private readonly SimCluster _cluster;
    private readonly SimSilo _client;
    private readonly SimProcess _outside;
    private readonly SimLog _log;
    private readonly List<Action> _kinds;
    private readonly double _mean;
    private readonly int _slots;
    private bool _resumes;

    public Faults(SimWorld world, SimCluster cluster, SimSilo client, SimLog log)
    {
        (_world, _cluster, _client, _log) = (world, cluster, client, log);
        _outside = new(world, "faults");
        _slots = world.Random.Next(1, 3);
        _mean = 1.5 + world.Random.NextDouble() * 10;
        Until = world.Between(10, 70);
        Action[] all = [KillAny, KillCoordinator, KillTwo, KillAll, Stop, Leave, Strand, Join, Cut, StoreAway, LoseAnswers, FillDisk, FailDevices, TearStep, BreakDevice, SlowDevice, Forget, Pause, Cancel, LoseMessages, RepeatMessages];

        // Some kinds at a time: all of them together hide one another. Of those that bring a known fault out, none hides it.
        _kinds = cluster.Fault switch
        {
            SimFault.KeepsTensors => [TearStep],
            SimFault.ScoresAnyState => [RepeatMessages, Join],
            _ => [.. all.OrderBy(_ => world.Random.Next()).Take(world.Random.Next(0, 6))],
        };
    }

    /// <summary>When nothing befalls them any more.</summary>
    public TimeSpan Until { get; }

    /// <summary>Whether the run was asked to end.</summary>
    public bool HasCancelled { get; private set; }

    public void Begin()
    {
        for (var silos = _world.Random.Next(1, 5); silos > 0; silos--)
        {
            Later(_world.Between(0, 1), () => _cluster.Add(_slots));
        }

        Later(TimeSpan.FromSeconds(5), Remind);
        if (_kinds.Count > 0)
        {
            Next();
            _cluster.Told = Aim;
        }
    }

    private void Next() => Later(TimeSpan.FromSeconds(-Math.Log(1 - _world.Random.NextDouble()) * _mean), () =>
    {
        if (_world.Now < Until)
        {
            _world.Any(_kinds)();
            Next();
        }
    });

    /// <summary>Moments at which something has only just been promised.</summary>
    private void Aim(RunEvent happened)
    {
        if (_world.Now < Until
            && happened is RunEvent.Regrouped or RunEvent.PickedUp or RunEvent.CheckpointWritten or RunEvent.EpochDone or RunEvent.PhaseDone or RunEvent.PhaseStarted
            && _world.Chance(happened is RunEvent.PhaseStarted ? 0.5 : 0.1))
        {
            Later(_world.Between(0, happened is RunEvent.PhaseStarted ? 4 : 0.5), _world.Any(_kinds));
        }
    }

    /// <summary>The catalogue's reminder: once a minute.</summary>
    private void Remind()
    {
        if (_cluster.Up is { Count: > 0 } silos)
        {
            var silo = _world.Any(silos);
            _world.Schedule(silo.Process, TimeSpan.Zero, () => silo.Grains.GetGrain<IRunGrain>(SimRun.Id).KeepGoingAsync().Ignore());
        }

        Later(TimeSpan.FromMinutes(1), Remind);
    }

    private void KillAny() => Kill("kill", Some(_cluster.Up, 1));

    private void KillTwo() => Kill("kill two", Some(_cluster.Up, 2));

    private void KillAll() => Kill("kill all", _cluster.Up);

    private void KillCoordinator()
    {
        if (_cluster.Coordinator is { IsUp: true } silo)
        {
            Kill("kill the coordinator", [silo]);
        }
    }

    private void Kill(string how, List<SimSilo> silos)
    {
        foreach (var silo in silos.Where(silo => silo.IsUp))
        {
            Note($"{how} {silo.Address}");
            _cluster.Kill(silo);
            Restart();
        }
    }

    private void Stop()
    {
        foreach (var silo in Some(_cluster.Up, 1))
        {
            var time = _world.Between(0.2, 20);
            Note($"stop {silo.Address} for {time.TotalSeconds:0.0} s");
            _cluster.Stop(silo, time);
            if (time > TimeSpan.FromSeconds(2))
            {
                Later(time, Restart);
            }
        }
    }

    private void Leave(List<SimSilo> silos)
    {
        foreach (var silo in silos.Where(silo => !silo.IsLeaving))
        {
            Note($"{silo.Address} is asked to leave");
            silo.Leave();
            Restart();
        }
    }

    /// <summary>Silos leave, and who should hand their replicas' state over dies before it does.</summary>
    private void Strand()
    {
        if (_cluster.Coordinator is { IsUp: true } coordinator)
        {
            Leave(_cluster.Up.FindAll(silo => silo != coordinator && _world.Chance(0.7)));
            Later(_world.Between(0, 2), () => Kill("kill the coordinator", [coordinator]));
        }
    }

    private void Leave() => Leave(Some(_cluster.Up, 1));

    private void Join()
    {
        if (_cluster.Up.Count < MostSilos)
        {
            Note($"join {_cluster.Add(_slots).Address}");
        }
    }

    /// <summary>A silo in the place of one that is gone, after a while.</summary>
    private void Restart() => Later(_world.Between(0.5, 12), () =>
    {
        if (_cluster.Up.Count < MostSilos)
        {
            Note($"start {_cluster.Add(_slots).Address}");
        }
    });

    private void Cut()
    {
        if (Some(_cluster.Up, 2) is [var one, var other])
        {
            var time = _world.Between(0.2, 15);
            Note($"cut {one.Address} from {other.Address} for {time.TotalSeconds:0.0} s");
            _cluster.Cut(one, other, time);
            if (time > TimeSpan.FromSeconds(3))
            {
                Later(TimeSpan.FromSeconds(3), () => _cluster.Kill(_world.Any<SimSilo>([one, other])));
                Later(time, Restart);
            }
        }
    }

    private void StoreAway()
    {
        var time = _world.Between(0.2, 40);
        Note($"the store is away for {time.TotalSeconds:0.0} s");
        _cluster.Store.AwayUntil = _world.Now + time;
    }

    private void LoseAnswers()
    {
        Note("the store keeps answers to itself");
        _cluster.Store.LostAnswers = 0.2;
        Later(_world.Between(1, 8), () => _cluster.Store.LostAnswers = 0);
    }

    private void FillDisk()
    {
        var time = _world.Between(0.2, 20);
        Note($"the disk is full for {time.TotalSeconds:0.0} s");
        _cluster.Disk.FullUntil = _world.Now + time;
    }

    private void FailDevices()
    {
        Note("devices fail now and then");
        foreach (var replica in _cluster.Up.SelectMany(silo => silo.Replicas))
        {
            replica.Fails = 0.1;
            Later(_world.Between(1, 4), () => replica.Fails = 0);
        }
    }

    private void TearStep()
    {
        Note("a step is applied in half, by everybody");
        foreach (var replica in _cluster.Up.SelectMany(silo => silo.Replicas))
        {
            replica.Tears = true;
        }
    }

    private void BreakDevice()
    {
        foreach (var replica in Some(_cluster.Up, 1).SelectMany(silo => silo.Replicas).Take(1))
        {
            Note($"the device {replica.Device} fails from now on");
            replica.Fails = 1;
        }
    }

    private void SlowDevice()
    {
        foreach (var replica in Some(_cluster.Up, 1).SelectMany(silo => silo.Replicas).Take(1))
        {
            replica.Slow = _world.Chance(0.5) ? 6 : 1;
            Note($"the device {replica.Device} takes {replica.Slow} times as long from now on");
        }
    }

    private void Forget()
    {
        Note("the directory forgets the coordinator");
        _cluster.ForgetCoordinator();
    }

    private void LoseMessages()
    {
        Note("messages are lost");
        _cluster.LostMessages = 0.01;
        Later(_world.Between(1, 5), () => _cluster.LostMessages = 0);
    }

    private void RepeatMessages()
    {
        Note("messages arrive twice");
        _cluster.RepeatedMessages = 0.2;
        Later(_world.Between(1, 10), () => _cluster.RepeatedMessages = 0);
    }

    private void Pause()
    {
        Note("pause, and resume");
        Ask(run => run.PauseAsync());
        if (!_resumes)
        {
            _resumes = true;
            Ask(ResumeAsync);
        }
    }

    /// <summary>Resumes whenever the run is paused: a pause that was asked for again, since no answer came, may be done twice, and late.</summary>
    private async Task ResumeAsync(IRunGrain run)
    {
        while (await run.GetStatusAsync() is { State: var state } && !state.IsFinal()) // what has failed could be resumed, too, and then its end is none
        {
            if (state == RunState.Paused)
            {
                await run.ResumeAsync();
            }

            await Task.Delay(TimeSpan.FromSeconds(0.3), _client.Process.Time);
        }
    }

    /// <summary>Somebody lets the run go on for one more epoch, whenever it is paused and whoever paused it.</summary>
    public void ResumeAfterEachEpoch()
    {
        _resumes = true;
        Ask(async run =>
        {
            while (await run.GetStatusAsync() is var status && !status.State.IsFinal())
            {
                if (status.State == RunState.Paused)
                {
                    await run.ResumeUntilAsync(status.EpochsDone + 1);
                }

                await Task.Delay(TimeSpan.FromSeconds(0.3), _client.Process.Time);
            }
        });
    }

    private void Cancel()
    {
        if (_world.Chance(0.3))
        {
            Note("cancel");
            HasCancelled = true;
            Ask(run => run.CancelAsync());
        }
    }

    /// <summary>A person asks until there is an answer.</summary>
    private void Ask(Func<IRunGrain, Task> ask) => _world.Schedule(_client.Process, TimeSpan.Zero, async () =>
    {
        while (true)
        {
            try
            {
                await ask(_client.Grains.GetGrain<IRunGrain>(SimRun.Id));
                return;
            }
            catch (InvalidInputException)
            {
                return; // it has ended meanwhile
            }
            catch (Exception reason) when (reason is OrleansException or TimeoutException or IOException or DistributedFreeze.Grains.Events.CoordinatorLostException)
            {
                await Task.Delay(TimeSpan.FromSeconds(0.5), _client.Process.Time);
            }
        }
    });

    private List<SimSilo> Some(List<SimSilo> among, int count) => [.. among.OrderBy(_ => _world.Random.Next()).Take(count)];

    private void Later(TimeSpan time, Action happens) => _world.Schedule(_outside, time, happens);

    private void Note(string what) => _log.Note(what);
}
