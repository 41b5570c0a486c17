using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>Lets a run's replicas load data and weights, and holds all of them to the same content. Not thread-safe.</summary>
/// <param name="runId">The run.</param>
/// <param name="spec">Its spec.</param>
/// <param name="roster">Records which replicas have loaded.</param>
/// <param name="giveUp">Gives up a newcomer that lacks, or has other than, what the members have.</param>
internal sealed class ReplicaLoader(string runId, RunSpec spec, GroupMembership roster, Func<ReplicaHandle, InvalidInputException, Task> giveUp)
{
    /// <summary>Replicas that load while the others train.</summary>
    private readonly Dictionary<ReplicaHandle, Task> _loading = [];

    /// <summary>The run's spec, for replicas that are still to load.</summary>
    public RunSpec Spec { get; set; } = spec;

    /// <summary>Handles of the replicas whose loading was begun and that are in no group yet.</summary>
    public IEnumerable<ReplicaHandle> Loading => _loading.Keys;

    /// <summary>Handles that have loaded and are no longer wanted; they are to be given back.</summary>
    /// <param name="granted">The handles that may be used.</param>
    public ImmutableArray<ReplicaHandle> Unwanted(ImmutableArray<ReplicaHandle> granted) =>
        [.. _loading.Where(loading => !granted.Contains(loading.Key) && loading.Value.IsCompleted).Select(loading => loading.Key)];

    /// <summary>Begins the loading wherever it was not begun: a group that trains does not wait for it.</summary>
    /// <param name="granted">The handles that may be used.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <returns>The handles that need no waiting for.</returns>
    public ImmutableArray<ReplicaHandle> Begin(ImmutableArray<ReplicaHandle> granted, CancellationToken cancellationToken)
    {
        foreach (var handle in granted.Where(handle => !roster.HasLoaded(handle) && !_loading.ContainsKey(handle)))
        {
            _loading.Add(handle, handle.Replica.PrepareAsync(new() { RunId = runId, Spec = Spec }, cancellationToken));
        }

        // Whatever a loading comes to is seen when the handle is prepared again, which then takes no time.
        return [.. granted.Where(handle => roster.HasLoaded(handle) || _loading[handle].IsCompleted)];
    }

    /// <summary>Waits until data and weights are loaded everywhere.</summary>
    /// <param name="handles">The handles of a group to be.</param>
    /// <param name="generation">Number of the group before it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The handles that can be used: one whose data is missing or other than the group's is given up where others have it.</returns>
    /// <exception cref="GroupBrokenException">Replicas were lost meanwhile.</exception>
    /// <exception cref="InvalidInputException">Data or weights cannot be used, or are not the same everywhere.</exception>
    public async Task<ImmutableArray<ReplicaHandle>> LoadAsync(
        ImmutableArray<ReplicaHandle> handles, int generation, CancellationToken cancellationToken)
    {
        var known = handles.Where(roster.HasLoaded).Select(roster.ReadyOf).FirstOrDefault();
        var areNewcomers = known is not null;
        var fresh = new ReplicaGroup([.. handles.Where(handle => !roster.HasLoaded(handle))], generation);
        var ready = await fresh.AskAsync(async (handle, _) =>
        {
            try
            {
                return await handle.Replica.PrepareAsync(
                    new() { RunId = runId, Spec = Spec, Suggest = Spec.Replicas is null && !areNewcomers }, cancellationToken);
            }
            catch (InvalidInputException other) when (areNewcomers)
            {
                await giveUp(handle, other);
                return null;
            }
            catch (DeviceBusyException busy)
            {
                throw new ReplicaLostException(busy.Message, busy) { IsUnreachable = true, IsBusy = true };
            }
        });
        known ??= ready.Where(loaded => loaded is not null).Where(loaded => PrecisionNeeds.DeviceOf(Spec).Allows(loaded!.Device)).MaxBy(loaded => DeviceKind.IsGpu(loaded!.Device));
        foreach (var (handle, loaded) in fresh.Handles.Zip(ready))
        {
            if (loaded is null)
            {
                continue;
            }

            var strange = OtherKind(known, loaded, handle);
            if ((strange ?? Difference(known!, loaded, handle)) is { } other)
            {
                if (known is null || (!areNewcomers && strange is null))
                {
                    throw other;
                }

                await giveUp(handle, other);
                await handle.GiveBackAsync();
                continue;
            }

            roster.RecordLoaded(handle, loaded);
            _loading.Remove(handle);
        }

        return [.. handles.Where(roster.HasLoaded)];
    }

    /// <summary>A replica was lost or given back.</summary>
    public void Forget(ReplicaHandle handle) => _loading.Remove(handle);

    /// <summary>A GPU and the processor round differently: replicas on both would end with different weights. A run that may have GPUs has them alone.</summary>
    private InvalidInputException? OtherKind(ReplicaReady? known, ReplicaReady loaded, ReplicaHandle handle) =>
        PrecisionNeeds.DeviceOf(Spec) is var device && !device.Allows(loaded.Device) ? new("device", $"is {RunEnums.NameOf(device)}, and {handle.Device} of run {runId} is {DeviceKind.Of(loaded.Device)}")
        : DeviceKind.Of(known!.Device) != DeviceKind.Of(loaded.Device) ? new("devices", $"must be of one kind in a run: {handle.Device} is {DeviceKind.Of(loaded.Device)}, and run {runId} is on {DeviceKind.Of(known.Device)}")
        : known.DeviceClass is { } one && loaded.DeviceClass is { } other && one != other ? new("devices", $"must be of one class in a run: {handle.Device} is {other}, and run {runId} is on {one}")
        : null;

    private InvalidInputException? Difference(ReplicaReady known, ReplicaReady loaded, ReplicaHandle handle) =>
        loaded.DataHash != known.DataHash ? Differs("data.path", "other images", handle)
        : loaded.BaseHash != known.BaseHash ? Differs("model.weights", "other base weights", handle)
        : loaded.Parent != known.Parent ? Differs("from", "another finished run", handle)
        : null;

    private InvalidInputException Differs(string field, string what, ReplicaHandle handle) =>
        new(field, $"must lead to the same content on every silo: {handle.Device} of run {runId} sees {what} than the others");
}
