using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>Lets a run's replicas load data and weights, and holds all of them to the same content. Not thread-safe.</summary>
/// <param name="runId">The run.</param>
/// <param name="spec">Its spec.</param>
/// <param name="roster">Records which replicas have loaded.</param>
/// <param name="giveUp">Gives up a newcomer that lacks, or has other than, what the members have.</param>
internal sealed class ReplicaLoader(string runId, RunSpec spec, ReplicaRoster roster, Func<ReplicaSeat, InvalidInputException, Task> giveUp)
{
    /// <summary>What torch calls the processor.</summary>
    private const string Processor = "cpu";

    /// <summary>Replicas that load while the others train.</summary>
    private readonly Dictionary<ReplicaSeat, Task> _loading = [];

    /// <summary>The run's spec, for replicas that are still to load.</summary>
    public RunSpec Spec { get; set; } = spec;

    /// <summary>Seats of the replicas whose loading was begun and that are in no group yet.</summary>
    public IEnumerable<ReplicaSeat> Loading => _loading.Keys;

    /// <summary>Seats that have loaded and are no longer wanted; they are to be given back.</summary>
    /// <param name="granted">The seats that may be used.</param>
    public ImmutableArray<ReplicaSeat> Unwanted(ImmutableArray<ReplicaSeat> granted) =>
        [.. _loading.Where(loading => !granted.Contains(loading.Key) && loading.Value.IsCompleted).Select(loading => loading.Key)];

    /// <summary>Begins the loading wherever it was not begun: a group that trains does not wait for it.</summary>
    /// <param name="granted">The seats that may be used.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <returns>The seats that need no waiting for.</returns>
    public ImmutableArray<ReplicaSeat> Begin(ImmutableArray<ReplicaSeat> granted, CancellationToken cancellationToken)
    {
        foreach (var seat in granted.Where(seat => !roster.HasLoaded(seat) && !_loading.ContainsKey(seat)))
        {
            _loading.Add(seat, seat.Replica.PrepareAsync(new() { RunId = runId, Spec = Spec }, cancellationToken));
        }

        // Whatever a loading comes to is seen when the seat is prepared again, which then takes no time.
        return [.. granted.Where(seat => roster.HasLoaded(seat) || _loading[seat].IsCompleted)];
    }

    /// <summary>Waits until data and weights are loaded everywhere.</summary>
    /// <param name="seats">The seats of a group to be.</param>
    /// <param name="generation">Number of the group before it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The seats that can be used: one whose data is missing or other than the group's is given up where others have it.</returns>
    /// <exception cref="GroupBrokenException">Replicas were lost meanwhile.</exception>
    /// <exception cref="InvalidInputException">Data or weights cannot be used, or are not the same everywhere.</exception>
    public async Task<ImmutableArray<ReplicaSeat>> LoadAsync(
        ImmutableArray<ReplicaSeat> seats, int generation, CancellationToken cancellationToken)
    {
        var known = seats.Where(roster.HasLoaded).Select(roster.ReadyOf).FirstOrDefault();
        var areNewcomers = known is not null;
        var fresh = new ReplicaGroup([.. seats.Where(seat => !roster.HasLoaded(seat))], generation);
        var ready = await fresh.AskAsync(async (seat, _) =>
        {
            try
            {
                return await seat.Replica.PrepareAsync(
                    new() { RunId = runId, Spec = Spec, Suggest = Spec.Replicas is null && !areNewcomers }, cancellationToken);
            }
            catch (InvalidInputException other) when (areNewcomers)
            {
                await giveUp(seat, other);
                return null;
            }
            catch (DeviceBusyException busy)
            {
                throw new ReplicaLostException(busy.Message, busy) { IsUnreachable = true, IsBusy = true };
            }
        });
        known ??= ready.Where(loaded => loaded is not null).MaxBy(loaded => KindOf(loaded!) != Processor);
        foreach (var (seat, loaded) in fresh.Seats.Zip(ready))
        {
            if (loaded is null)
            {
                continue;
            }

            var strange = OtherKind(known!, loaded, seat);
            if ((strange ?? Difference(known!, loaded, seat)) is { } other)
            {
                if (!areNewcomers && strange is null)
                {
                    throw other;
                }

                await giveUp(seat, other);
                await seat.GiveBackAsync();
                continue;
            }

            roster.RecordLoaded(seat, loaded);
            _loading.Remove(seat);
        }

        return [.. seats.Where(roster.HasLoaded)];
    }

    /// <summary>A replica was lost or given back.</summary>
    public void Forget(ReplicaSeat seat) => _loading.Remove(seat);

    /// <summary>A GPU and the processor round differently: replicas on both would end with different weights. A run that may have GPUs has them alone.</summary>
    private InvalidInputException? OtherKind(ReplicaReady known, ReplicaReady loaded, ReplicaSeat seat) => KindOf(known) == KindOf(loaded) ? null : new(
        "devices", $"must be of one kind in a run: {seat.Device} is {KindOf(loaded)}, and run {runId} is on {KindOf(known)}");

    private static string KindOf(ReplicaReady ready) => ready.Device.Split(':')[0];

    private InvalidInputException? Difference(ReplicaReady known, ReplicaReady loaded, ReplicaSeat seat) =>
        loaded.DataHash != known.DataHash ? Differs("data.path", "other images", seat)
        : loaded.BaseHash != known.BaseHash ? Differs("model.weights", "other base weights", seat)
        : null;

    private InvalidInputException Differs(string field, string what, ReplicaSeat seat) =>
        new(field, $"must lead to the same content on every silo: {seat.Device} of run {runId} sees {what} than the others");
}
