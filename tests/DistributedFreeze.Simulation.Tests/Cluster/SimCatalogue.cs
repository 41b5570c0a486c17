using System.Collections.Immutable;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Simulation.World;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>The list of runs, as the store keeps it.</summary>
internal sealed class SimCatalogue(SimStore store, SimProcess from) : ICatalogueGrain
{
    public const string Key = "catalogue";

    public Task AddAsync(string runId) => ChangeAsync(unfinished => unfinished.Add(runId));

    public async Task<bool> AddOwnedAsync(string runId, string owner, int most)
    {
        await AddAsync(runId);
        return true;
    }

    public async Task<bool> MarkOwnedAsync(string runId, string owner, int most)
    {
        await MarkAsync(runId, unfinished: true);
        return true;
    }

    public Task EnterAsync(string runId, RunTraits traits) => AddAsync(runId);

    public async Task<ImmutableArray<ListedRun>> FindAsync(RunFilter filter) => [.. (await ListUnfinishedAsync()).Select(runId => new ListedRun(runId, Traits: null))];

    public Task MarkAsync(string runId, bool unfinished) => ChangeAsync(known => unfinished ? known.Add(runId) : known.Remove(runId));

    public Task RemoveAsync(string runId) => ChangeAsync(unfinished => unfinished.Remove(runId));

    public Task<ImmutableArray<string>> ListAsync(int skip, int take) => ListUnfinishedAsync();

    public async Task<ImmutableArray<string>> ListUnfinishedAsync()
    {
        try
        {
            return [.. await store.AskAsync(from, () => Unfinished(), isWrite: false)];
        }
        catch (IOException away)
        {
            throw new OrleansException(away.Message);
        }
    }

    private ImmutableSortedSet<string> Unfinished() => store.Peek(Key) as ImmutableSortedSet<string> ?? [];

    private async Task ChangeAsync(Func<ImmutableSortedSet<string>, ImmutableSortedSet<string>> change)
    {
        try
        {
            await store.AskAsync(
                from,
                () =>
                {
                    store.Put(Key, change(Unfinished()));
                    return true;
                },
                isWrite: false);
        }
        catch (IOException away)
        {
            throw new OrleansException(away.Message);
        }
    }
}
