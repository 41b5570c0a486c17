using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains;

/// <summary>The runs that this cluster knows; there is one, with key 0.</summary>
[Alias("df.catalogue")]
public interface ICatalogueGrain : IGrainWithIntegerKey
{
    /// <summary>Adds a run. Adding it again does nothing.</summary>
    [Alias("add")]
    Task AddAsync(string runId);

    /// <summary>Adds a run of somebody who may have so many that wait or go on; where it is there, it is theirs from now on.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="owner">Who it is, as <see cref="Runs.RunOwner.Id"/> says.</param>
    /// <param name="most">How many there may be, this one included, at least 1. Those that were added without an owner do not count.</param>
    /// <returns>False where there are as many already: nothing was added.</returns>
    [Alias("add-owned")]
    Task<bool> AddOwnedAsync(string runId, string owner, int most);

    /// <summary>Takes note that a run goes on again, as <see cref="AddOwnedAsync"/> adds one.</summary>
    /// <returns>False where there are as many already: nothing has changed.</returns>
    [Alias("mark-owned")]
    Task<bool> MarkOwnedAsync(string runId, string owner, int most);

    /// <summary>Adds a run that starts, with what lists are filtered by, or takes note of that where the run is there without it or with something else.</summary>
    [Alias("enter")]
    Task EnterAsync(string runId, RunTraits traits);

    /// <summary>The runs that a filter may let through, the latest first, without asking any of them.</summary>
    /// <param name="filter">Which runs. Of states it is known only who has neither ended nor is paused.</param>
    [Alias("find")]
    Task<ImmutableArray<ListedRun>> FindAsync(RunFilter filter);

    /// <summary>Ids of runs, the latest first.</summary>
    /// <param name="skip">How many to leave out, at least 0.</param>
    /// <param name="take">How many at most, at least 1.</param>
    [Alias("list")]
    Task<ImmutableArray<string>> ListAsync(int skip, int take);

    /// <summary>Takes note that a run has ended, or goes on again.</summary>
    [Alias("mark")]
    Task MarkAsync(string runId, bool unfinished);

    /// <summary>Ids of the runs that have not ended and are not paused, oldest first.</summary>
    [Alias("unfinished")]
    Task<ImmutableArray<string>> ListUnfinishedAsync();

    /// <summary>Forgets a run.</summary>
    [Alias("remove")]
    Task RemoveAsync(string runId);
}
