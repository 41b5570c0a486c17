using System.Collections.Immutable;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Runs;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Catalogue;

/// <summary>The runs that a cluster knows, stored in pages: a change writes the page that it is on, however many runs there are.</summary>
/// <remarks>Belongs to one grain, whose calls never overlap. A page keeps its number for good, also when none of its runs is left.</remarks>
/// <param name="storage">Where they are stored.</param>
/// <param name="retrying">Waits for a store that is away.</param>
/// <param name="catalogue">The catalogue's grain.</param>
/// <param name="size">Runs of a page.</param>
internal sealed class CataloguePages(IGrainStorage storage, RetryingStore retrying, GrainId catalogue, int size = CataloguePage.Size)
{
    private readonly PageStore<CataloguePage> _store = new(storage, retrying, catalogue, "catalogue", "The list of runs");
    private readonly List<ImmutableArray<CatalogueEntry>> _pages = [];
    private readonly Dictionary<string, int> _pageOf = new(StringComparer.Ordinal);

    /// <summary>Ids of the runs, the latest first.</summary>
    public IEnumerable<string> Latest => LatestFirst.Select(run => run.RunId);

    /// <summary>Ids of those that have neither ended nor are paused, oldest first.</summary>
    public IEnumerable<string> Unfinished => _pages.SelectMany(page => page).Where(run => run.Unfinished).Select(run => run.RunId);

    /// <summary>Whether somebody has fewer unfinished runs than so many, one run aside.</summary>
    /// <param name="owner">Who.</param>
    /// <param name="most">How many.</param>
    /// <param name="runId">The run that does not count.</param>
    public bool HasRoom(string owner, int most, string runId) =>
        _pages.SelectMany(page => page).Count(run => run.Unfinished && run.Owner == owner && run.RunId != runId) < most;

    private IEnumerable<CatalogueEntry> LatestFirst => Enumerable.Reverse(_pages).SelectMany(page => page.Reverse());

    /// <summary>The runs that a filter may let through, the latest first.</summary>
    /// <param name="filter">The filter.</param>
    public IEnumerable<ListedRun> Find(RunFilter filter) => LatestFirst
        .Where(run => run.Unfinished || !filter.IsOfUnfinished)
        .Where(run => run.Traits is not { } traits || filter.IncludesInAnyState(traits.Labels, traits.Owner, traits.SubmittedAt))
        .Select(run => new ListedRun(run.RunId, run.Traits));

    /// <summary>Reads all; to be called once.</summary>
    public async Task RestoreAsync()
    {
        while (await _store.MeetAsync(_pages.Count) is { Stamp: var stamp } page && stamp != Guid.Empty)
        {
            foreach (var run in page.Runs)
            {
                _pageOf[run.RunId] = _pages.Count;
            }

            _pages.Add(page.Runs);
        }
    }

    /// <summary>Adds runs, of which those that are there already stay as they are.</summary>
    /// <exception cref="Exception">They cannot be stored, or someone else has changed the list meanwhile.</exception>
    public async Task AddAsync(IEnumerable<CatalogueEntry> runs)
    {
        var added = new Queue<CatalogueEntry>(runs.Where(run => !_pageOf.ContainsKey(run.RunId)));
        while (added.Count > 0)
        {
            var number = _pages.Count > 0 && _pages[^1].Length < size ? _pages.Count - 1 : _pages.Count;
            var page = number < _pages.Count ? _pages[number] : [];
            var more = ImmutableArray.CreateBuilder<CatalogueEntry>();
            while (added.Count > 0 && page.Length + more.Count < size)
            {
                more.Add(added.Dequeue());
            }

            await WriteAsync(number, [.. page, .. more]);
        }
    }

    /// <summary>Takes note that a run has ended, or goes on again; does nothing where that is known, or the run is not.</summary>
    /// <exception cref="Exception">It cannot be stored, or someone else has changed the list meanwhile.</exception>
    public Task MarkAsync(string runId, bool unfinished)
    {
        return Find(runId) is var (number, at) && _pages[number][at] is var known && known.Unfinished != unfinished
            ? WriteAsync(number, _pages[number].SetItem(at, known with { Unfinished = unfinished }))
            : Task.CompletedTask;
    }

    /// <summary>Takes note of whose a run is that starts: what an entry has of an earlier start, of which nothing was stored, counts no more.</summary>
    /// <exception cref="Exception">It cannot be stored, or someone else has changed the list meanwhile.</exception>
    public Task AddOwnedAsync(string runId, string owner) => Find(runId) is not var (number, at)
        ? AddAsync([new(runId, Unfinished: true, owner)])
        : _pages[number][at] is { Unfinished: true, Traits: null } known && known.Owner == owner
            ? Task.CompletedTask
            : WriteAsync(number, _pages[number].SetItem(at, new(runId, Unfinished: true, owner)));

    /// <summary>
    /// Takes note of what lists are filtered by, of a run that starts; does nothing where that is known, or the run is not. Other traits are of an earlier
    /// start, of which nothing was stored, and so is the owner beside them.
    /// </summary>
    /// <exception cref="Exception">It cannot be stored, or someone else has changed the list meanwhile.</exception>
    public Task DescribeAsync(string runId, RunTraits traits) =>
        Find(runId) is var (number, at) && _pages[number][at] is var known && known.Traits != traits
            ? WriteAsync(number, _pages[number].SetItem(at, known with { Unfinished = true, Owner = known.Traits is null ? known.Owner : null, Traits = traits }))
            : Task.CompletedTask;

    /// <summary>Forgets a run; does nothing where there is none.</summary>
    /// <exception cref="Exception">It cannot be stored, or someone else has changed the list meanwhile.</exception>
    public async Task RemoveAsync(string runId)
    {
        if (Find(runId) is var (number, at))
        {
            await WriteAsync(number, _pages[number].RemoveAt(at));
            _pageOf.Remove(runId);
        }
    }

    private (int Page, int At)? Find(string runId)
    {
        if (!_pageOf.TryGetValue(runId, out var number))
        {
            return null;
        }

        for (var at = 0; at < _pages[number].Length; at++)
        {
            if (_pages[number][at].RunId == runId)
            {
                return (number, at);
            }
        }

        return null;
    }

    private async Task WriteAsync(int number, ImmutableArray<CatalogueEntry> runs)
    {
        await _store.WriteAsync(number, new() { Runs = runs, Stamp = Guid.NewGuid() });
        if (number == _pages.Count)
        {
            _pages.Add(runs);
        }
        else
        {
            _pages[number] = runs;
        }

        foreach (var run in runs)
        {
            _pageOf[run.RunId] = number;
        }
    }
}
