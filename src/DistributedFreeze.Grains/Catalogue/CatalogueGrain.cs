using System.Collections.Immutable;
using DistributedFreeze.Grains.Coordination;

namespace DistributedFreeze.Grains.Catalogue;

/// <summary>The ids of all runs.</summary>
internal sealed class CatalogueGrain([PersistentState("catalogue", RunGrain.Storage)] IPersistentState<CatalogueState> store)
    : Grain, ICatalogueGrain
{
    public async Task AddAsync(string runId)
    {
        if (store.State.RunIds.Contains(runId))
        {
            return;
        }

        store.State = store.State with { RunIds = store.State.RunIds.Add(runId) };
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

    public Task<ImmutableArray<string>> ListAsync() => Task.FromResult(store.State.RunIds);
}

/// <summary>What is stored of the catalogue.</summary>
[GenerateSerializer, Immutable, Alias("df.catalogue-state")]
public sealed record CatalogueState
{
    /// <summary>Run ids, oldest first.</summary>
    [Id(0)] public ImmutableArray<string> RunIds { get; init; } = [];
}
