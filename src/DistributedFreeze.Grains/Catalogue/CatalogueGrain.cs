using System.Collections.Immutable;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Catalogue;

/// <summary>The ids of all runs. A reminder sees to it that those which have not ended are driven by somebody.</summary>
internal sealed class CatalogueGrain(
    [PersistentState("catalogue", RunGrain.Storage)] IPersistentState<CatalogueState> whole,
    [FromKeyedServices(RunGrain.Storage)] IGrainStorage storage,
    RetryingStore retrying)
    : Grain, ICatalogueGrain, IRemindable
{
    private const string Reminder = "keep-going";

    /// <summary>The shortest that Orleans allows; silos that see one of them die ask much sooner.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private CataloguePages _runs = null!; // made when activated
    private bool _reminds;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _runs = new(storage, retrying, this.GetGrainId());
        await _runs.RestoreAsync();
        if (!whole.State.RunIds.IsEmpty)
        {
            await _runs.AddAsync(whole.State.Entries);
            whole.State = new();
            await whole.WriteStateAsync(cancellationToken);
        }
    }

    public Task AddAsync(string runId) => AddAsync(new CatalogueEntry(runId, Unfinished: true));

    public async Task EnterAsync(string runId, RunTraits traits)
    {
        await AddAsync(new CatalogueEntry(runId, Unfinished: true) { Traits = traits });
        await SaveAsync(_runs.DescribeAsync(runId, traits)); // of one that was added for its owner
    }

    public Task<ImmutableArray<ListedRun>> FindAsync(RunFilter filter) => Task.FromResult<ImmutableArray<ListedRun>>([.. _runs.Find(filter)]);

    public async Task<bool> AddOwnedAsync(string runId, string owner, int most)
    {
        if (!_runs.HasRoom(owner, most, runId))
        {
            return false;
        }

        await SaveAsync(_runs.AddOwnedAsync(runId, owner));
        await RemindAsync();
        return true;
    }

    public async Task<bool> MarkOwnedAsync(string runId, string owner, int most)
    {
        if (!_runs.HasRoom(owner, most, runId))
        {
            return false;
        }

        await MarkAsync(runId, unfinished: true);
        return true;
    }

    public Task<ImmutableArray<string>> ListAsync(int skip, int take) => Task.FromResult<ImmutableArray<string>>([.. _runs.Latest.Skip(skip).Take(take)]);

    public async Task MarkAsync(string runId, bool unfinished)
    {
        await SaveAsync(_runs.MarkAsync(runId, unfinished));
        if (unfinished)
        {
            await RemindAsync();
        }
    }

    public Task<ImmutableArray<string>> ListUnfinishedAsync() => Task.FromResult<ImmutableArray<string>>([.. _runs.Unfinished]);

    public Task RemoveAsync(string runId) => SaveAsync(_runs.RemoveAsync(runId));

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        ImmutableArray<string> unfinished = [.. _runs.Unfinished];
        if (unfinished.IsEmpty && await this.GetReminder(Reminder) is { } reminder)
        {
            _reminds = false;
            await this.UnregisterReminder(reminder);
            return;
        }

        foreach (var runId in unfinished)
        {
            GrainFactory.GetGrain<IRunGrain>(runId).KeepGoingAsync().Ignore(); // a run may be busy with this very grain
        }
    }

    private async Task AddAsync(CatalogueEntry run)
    {
        await SaveAsync(_runs.AddAsync([run]));
        await RemindAsync();
    }

    /// <summary>Once for as long as the grain is here and something is to be done: each time would be a write.</summary>
    private async Task RemindAsync()
    {
        if (!_reminds)
        {
            await this.RegisterOrUpdateReminder(Reminder, Period, Period);
            _reminds = true;
        }
    }

    private async Task SaveAsync(Task saving)
    {
        try
        {
            await saving;
        }
        catch
        {
            DeactivateOnIdle(); // what was not stored must not be served
            throw;
        }
    }
}
