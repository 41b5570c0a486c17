using Orleans.Storage;

namespace DistributedFreeze.Grains.Stores;

/// <summary>A part of a grain's state that is stored by itself.</summary>
internal interface IPage
{
    /// <summary>By which the writer knows this very write again; each has another one.</summary>
    Guid Stamp { get; }
}

/// <summary>Numbered pages beside the state of a grain, each stored by itself.</summary>
/// <remarks>
/// Belongs to one grain. It remembers the version of each page as it met it, so that two who take themselves for the grain cannot both write one.
/// </remarks>
/// <param name="storage">Where they are stored.</param>
/// <param name="retrying">Waits for a store that is away.</param>
/// <param name="grain">The grain.</param>
/// <param name="name">What the pages' names begin with.</param>
/// <param name="what">What they hold, for the log.</param>
internal sealed class PageStore<T>(IGrainStorage storage, RetryingStore retrying, GrainId grain, string name, string what)
    where T : class, IPage, new()
{
    private readonly List<GrainState<T>> _met = []; // by number, without what the pages hold

    /// <summary>Reads a page.</summary>
    /// <param name="number">From 0, at most one more than was met before.</param>
    /// <returns>A new page where there is none.</returns>
    public async Task<T> MeetAsync(int number)
    {
        var read = await ReadAsync(number);
        var page = read.State ?? new();
        Meet(number, read);
        return page;
    }

    /// <summary>Finds out a page's version, where that is not known, and waits for a store that is away.</summary>
    /// <param name="number">From 0, at most one more than was met before.</param>
    public Task EnsureMetAsync(int number) =>
        number < _met.Count ? Task.CompletedTask : retrying.WriteAsync(what, () => MeetAsync(number), () => Task.FromResult(false));

    /// <summary>Writes a page, and waits for a store that is away.</summary>
    /// <param name="number">From 0, at most one more than was met before.</param>
    /// <param name="page">Has a stamp of its own.</param>
    /// <exception cref="Exception">It cannot be stored, or someone else has written it meanwhile.</exception>
    public async Task WriteAsync(int number, T page)
    {
        await EnsureMetAsync(number);
        var state = _met[number];
        await retrying.WriteAsync(
            what,
            () =>
            {
                state.State = page;
                return storage.WriteStateAsync(Name(number), grain, state);
            },
            async () =>
            {
                var read = await ReadAsync(number);
                if (read.State?.Stamp != page.Stamp)
                {
                    return false; // the version stays the one that was met: a page of somebody else's is not overwritten
                }

                state = read;
                return true;
            });
        Meet(number, state);
    }

    /// <summary>Removes a page that was met.</summary>
    public Task ClearAsync(int number) => storage.ClearStateAsync(Name(number), grain, _met[number]);

    /// <summary>Forgets what was met.</summary>
    public void Forget() => _met.Clear();

    private void Meet(int number, GrainState<T> state)
    {
        state.State = new(); // the version is all that is needed of it
        if (number == _met.Count)
        {
            _met.Add(state);
        }
        else
        {
            _met[number] = state;
        }
    }

    private async Task<GrainState<T>> ReadAsync(int number)
    {
        var read = new GrainState<T>(new());
        await storage.ReadStateAsync(Name(number), grain, read);
        return read;
    }

    private string Name(int number) => $"{name}-{number}";
}
