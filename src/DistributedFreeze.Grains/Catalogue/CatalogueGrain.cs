using System.Collections.Immutable;
using DistributedFreeze.Grains.Coordination;

namespace DistributedFreeze.Grains.Catalogue;

/// <summary>The ids of all runs. A reminder sees to it that those which have not ended are driven by somebody.</summary>
internal sealed class CatalogueGrain([PersistentState("catalogue", RunGrain.Storage)] IPersistentState<CatalogueState> store)
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

    private async Task SaveAsync(CatalogueState next)
    {
        if (ReferenceEquals(next, store.State))
        {
            return;
        }

        store.State = next;
        try
        {
            await store.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle(); // what was not stored must not be served
            throw;
        }
    }
}
