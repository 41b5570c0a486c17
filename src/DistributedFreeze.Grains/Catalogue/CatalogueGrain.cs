using System.Collections.Immutable;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Hosting;

namespace DistributedFreeze.Grains.Catalogue;

/// <summary>The ids of all runs. A reminder sees to it that those which have not ended are driven by somebody.</summary>
internal sealed class CatalogueGrain(
    [PersistentState("catalogue", RunGrain.Storage)] IPersistentState<CatalogueState> store, PatientStore patience)
    : Grain, ICatalogueGrain, IRemindable
{
    private const string Reminder = "keep-going";

    /// <summary>The shortest that Orleans allows; silos that see one of them die ask much sooner.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    public async Task AddAsync(string runId)
    {
        await SaveAsync(store.State.Add(runId));
        await this.RegisterOrUpdateReminder(Reminder, Period, Period);
    }

    public Task<ImmutableArray<string>> ListAsync(int skip, int take) =>
        Task.FromResult<ImmutableArray<string>>([.. store.State.RunIds.Reverse().Skip(skip).Take(take)]);

    public Task MarkAsync(string runId, bool unfinished) => SaveAsync(store.State.Mark(runId, unfinished));

    public Task<ImmutableArray<string>> ListUnfinishedAsync() => Task.FromResult(store.State.Unfinished);

    public Task RemoveAsync(string runId) => SaveAsync(store.State.Remove(runId));

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (store.State.Unfinished.IsEmpty && await this.GetReminder(Reminder) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
            return;
        }

        foreach (var runId in store.State.Unfinished)
        {
            GrainFactory.GetGrain<IRunGrain>(runId).KeepGoingAsync().Ignore(); // a run may be busy with this very grain
        }
    }

    /// <summary>Waits for a store that is away: what was asked meanwhile follows in its turn.</summary>
    private async Task SaveAsync(CatalogueState next)
    {
        if (ReferenceEquals(next, store.State))
        {
            return;
        }

        var before = store.State.Stamp;
        var stamped = next with { Stamp = Guid.NewGuid() };
        try
        {
            await patience.WriteAsync(
                "The list of runs",
                () =>
                {
                    store.State = stamped;
                    return store.WriteStateAsync();
                },
                async () =>
                {
                    await store.ReadStateAsync();
                    return PatientStore.IsThere(store.State.Stamp, before, stamped.Stamp);
                });
        }
        catch
        {
            DeactivateOnIdle(); // what was not stored must not be served
            throw;
        }
    }
}
