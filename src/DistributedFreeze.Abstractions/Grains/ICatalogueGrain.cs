using System.Collections.Immutable;

namespace DistributedFreeze.Grains;

/// <summary>The runs that this cluster knows; there is one, with key 0.</summary>
[Alias("df.catalogue")]
public interface ICatalogueGrain : IGrainWithIntegerKey
{
    /// <summary>Adds a run. Adding it again does nothing.</summary>
    [Alias("add")]
    Task AddAsync(string runId);

    /// <summary>The ids of all runs, oldest first.</summary>
    [Alias("list")]
    Task<ImmutableArray<string>> ListAsync();
}
