using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Outputs;

/// <summary>Which run owns an output folder. None has to give it back: a run that wants the folder asks whether its last owner has ended.</summary>
internal sealed class OutputGrain([PersistentState("output", RunGrain.Storage)] IPersistentState<OutputOwner> store, RetryingStore retrying)
    : Grain, IOutputGrain
{
    /// <summary>The grain of a run's output folder.</summary>
    /// <param name="grains">Finds grains.</param>
    /// <param name="spec">The run, with full paths.</param>
    public static IOutputGrain Of(IGrainFactory grains, RunSpec spec) => grains.GetGrain<IOutputGrain>(PathRoots.RealOrFull(spec.Output));

    public Task<string?> ClaimAsync(string runId) => ClaimForAsync(runId, owner: null);

    public async Task<string?> ClaimForAsync(string runId, RunOwner? owner)
    {
        if (store.State.RunId == runId)
        {
            return null;
        }

        if (store.State.RunId is { } other && await KeepsOutAsync(other, owner))
        {
            return other;
        }

        await SaveAsync(new() { RunId = runId, Stamp = Guid.NewGuid() });
        return null;
    }

    public async Task ReleaseAsync(string runId)
    {
        if (store.State.RunId == runId)
        {
            await store.ClearStateAsync();
        }
    }

    private async Task<bool> KeepsOutAsync(string runId, RunOwner? owner)
    {
        try
        {
            var run = await GrainFactory.GetGrain<IRunGrain>(runId).GetStatusAsync();
            return !run.State.IsFinal()
                || (run.State is RunState.Interrupted or RunState.Failed && owner is not null && (run.Owner, run.OwnerIssuer) != (owner.Name, owner.Issuer));
        }
        catch (RunNotFoundException)
        {
            return false; // it was deleted, or has claimed the folder and could not be submitted for another reason
        }
    }

    private async Task SaveAsync(OutputOwner next)
    {
        var before = store.State.Stamp;
        try
        {
            await retrying.WriteAsync(
                "The owner of an output folder",
                () =>
                {
                    store.State = next;
                    return store.WriteStateAsync();
                },
                async () =>
                {
                    await store.ReadStateAsync();
                    return RetryingStore.IsThere(store.State.Stamp, before, next.Stamp);
                });
        }
        catch
        {
            DeactivateOnIdle(); // what was not stored must not be served
            throw;
        }
    }
}
