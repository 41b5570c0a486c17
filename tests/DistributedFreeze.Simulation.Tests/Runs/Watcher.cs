using System.Collections.Immutable;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Simulation.Cluster;
using DistributedFreeze.Simulation.World;

namespace DistributedFreeze.Simulation.Runs;

/// <summary>Somebody who watches the run: every event once, in order, and the end last.</summary>
internal sealed class Watcher(SimWorld world, SimCluster cluster, SimLog? log = null)
{
    private readonly SortedDictionary<(int Phase, int Epoch), int> _steps = [];

    private (int Phase, int Epoch) _furthest = (-1, 0);
    private bool _hasPaused = true;

    public List<RunEvent> Events { get; } = [];

    /// <summary>Whether the run is to pause after each of its epochs.</summary>
    public bool ExpectsPauses { get; set; }

    /// <summary>Steps that were told as done, and behind which the run was set back.</summary>
    public int StepsLost { get; private set; }

    public bool HasSeenTheEnd => Events is [.., RunEvent.Ended];

    /// <summary>Reads to the end, whoever answers.</summary>
    /// <param name="from">A silo that asks for it; another one where it is gone.</param>
    public void Begin(SimSilo from) => world.Schedule(from.Process, TimeSpan.Zero, () => _ = ReadAsync(from));

    private async Task ReadAsync(SimSilo from)
    {
        var run = from.Grains.GetGrain<IRunGrain>(SimRun.Id);
        while (!HasSeenTheEnd)
        {
            try
            {
                Take(await run.ReadEventsAsync(Events.Count));
            }
            catch (Exception reason) when (reason is OrleansException or TimeoutException or IOException)
            {
                await Task.Delay(TimeSpan.FromSeconds(0.5), from.Process.Time);
            }
            catch (Exception reason)
            {
                world.Violate($"who watches is told: {reason}");
            }
        }
    }

    private void Take(ImmutableArray<RunEvent> read)
    {
        foreach (var happened in read)
        {
            if (happened.Sequence != Events.Count + 1)
            {
                world.Violate($"event {happened.Sequence} ({happened.GetType().Name}) was told after event {Events.Count}");
            }

            if (HasSeenTheEnd)
            {
                world.Violate($"{happened.GetType().Name} was told after the end");
            }

            Events.Add(happened);
            Count(happened);
            log?.Note($"told {happened.Sequence}: {Short(happened)}");
            cluster.Told?.Invoke(happened);
        }
    }

    private void Count(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.WindowDone window when ExpectsPauses && (window.Phase, window.Epoch).CompareTo(_furthest) > 0 && !_hasPaused:
                world.Violate($"phase {window.Phase}, epoch {window.Epoch} began without a pause before it");
                break;
            case RunEvent.EpochDone { Result: var done } when (done.Phase, done.Epoch).CompareTo(_furthest) > 0:
                (_furthest, _hasPaused) = ((done.Phase, done.Epoch), false);
                break;
            case RunEvent.Paused:
                _hasPaused = true;
                break;
            case RunEvent.WindowDone window:
                _steps[(window.Phase, window.Epoch)] = window.Step;
                break;
            case RunEvent.SetBack back:
                SetBack((back.Phase, back.Epoch), back.Step);
                break;
            case RunEvent.PickedUp picked:
                SetBack((picked.Phase, picked.Epoch), picked.Step);
                break;
            default:
                break;
        }
    }

    private void SetBack((int Phase, int Epoch) epoch, int step)
    {
        foreach (var (place, steps) in _steps.Where(told => told.Key.CompareTo(epoch) >= 0).ToList())
        {
            var left = place == epoch ? Math.Min(step, steps) : 0;
            StepsLost += steps - left;
            _steps[place] = left;
        }
    }

    private static string Short(RunEvent happened) => happened switch
    {
        RunEvent.WindowDone window => $"window, phase {window.Phase}, epoch {window.Epoch}, {window.Step} steps done",
        RunEvent.EpochDone epoch => $"epoch, phase {epoch.Result.Phase}, epoch {epoch.Result.Epoch}",
        RunEvent.PickedUp at => $"picked up at phase {at.Phase}, epoch {at.Epoch}, step {at.Step} from {at.From}",
        RunEvent.SetBack at => $"set back to phase {at.Phase}, epoch {at.Epoch}, step {at.Step}: {at.Reason}",
        RunEvent.ReplicaLost lost => $"lost {lost.Device}: {lost.Reason}",
        RunEvent.Regrouped group => $"regrouped, {group.Generation}: {string.Join(", ", group.Devices)}",
        RunEvent.Straggler slow => $"slow {slow.Device}: {slow.Times:F1} times, moves: {slow.MovesShards}",
        RunEvent.Ended ended => $"ended, {ended.State}: {ended.Reason}",
        _ => happened.GetType().Name,
    };
}
