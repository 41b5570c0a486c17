using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Runs;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Epochs;

/// <summary>The epochs of one run as they are stored: whole pages beside the state of its grain, and the last few within it.</summary>
/// <remarks>
/// Belongs to one coordinator, and one call at a time stores. A page is written before the state that counts on it, which says on how many: a page
/// too many is nobody's. The version of the page that comes next is asked for before there is anything to write: two coordinators of one run cannot
/// both write it.
/// </remarks>
/// <param name="storage">Where they are stored.</param>
/// <param name="retrying">Waits for a store that is away.</param>
/// <param name="run">The run's grain.</param>
/// <param name="size">Epochs of a page.</param>
internal sealed class EpochPages(IGrainStorage storage, RetryingStore retrying, GrainId run, int size = EpochPage.Size)
{
    private readonly PageStore<EpochPage> _pages = new(storage, retrying, run, "epochs", $"The epochs of run {run.Key}");
    private ImmutableArray<EpochResult> _inPages = [];
    private RunProgress? _restored;

    /// <summary>The epochs that are stored, whole: what the state counts on.</summary>
    public ImmutableArray<EpochResult> Kept { get; private set; } = [];

    /// <summary>Reads the epochs that a state counts on; does nothing where that has been done.</summary>
    /// <param name="stored">Where the run stands as its state says.</param>
    /// <returns>The same with every epoch.</returns>
    /// <exception cref="InvalidOperationException">Pages are gone.</exception>
    public async Task<RunProgress> RestoreAsync(RunProgress stored)
    {
        if (_restored is { } known && EpochHistory.Count(known) == EpochHistory.Count(stored))
        {
            return known;
        }

        var epochs = ImmutableArray.CreateBuilder<EpochResult>(EpochHistory.Count(stored));
        for (var number = 0; epochs.Count < stored.EpochsBefore; number++)
        {
            var page = await _pages.MeetAsync(number);
            if (page.Epochs.IsEmpty)
            {
                throw new InvalidOperationException($"Of the {stored.EpochsBefore} epochs of run {run.Key} that are stored in pages only {epochs.Count} are there.");
            }

            epochs.AddRange(page.Epochs);
        }

        _inPages = epochs.ToImmutable();
        epochs.AddRange(stored.Epochs);
        Kept = epochs.ToImmutable();
        return _restored = stored with { EpochsBefore = 0, Epochs = Kept };
    }

    /// <summary>Stores the pages that are full, and waits for a store that is away.</summary>
    /// <param name="progress">Where the run stands, with every epoch.</param>
    /// <returns>The same with the epochs that are in no page: those are for the state to hold.</returns>
    /// <exception cref="Exception">A page cannot be stored, or someone else has written it meanwhile.</exception>
    public async Task<RunProgress> StoreAsync(RunProgress progress)
    {
        var full = progress.Epochs.Length / size;
        for (var number = EpochHistory.Shared(_inPages, progress.Epochs) / size; number < full; number++)
        {
            await _pages.WriteAsync(number, new() { Epochs = progress.Epochs.Slice(number * size, size), Stamp = Guid.NewGuid() });
        }

        _inPages = progress.Epochs[..(full * size)];
        if (!progress.Epochs.IsEmpty)
        {
            await _pages.EnsureMetAsync(full);
        }

        return EpochHistory.Without(progress, full * size);
    }

    /// <summary>The state that counts on them is stored, too.</summary>
    /// <param name="progress">Where the run stands, with every epoch.</param>
    public void Keep(RunProgress progress) => (_restored, Kept) = (progress, progress.Epochs);

    /// <summary>Removes every page.</summary>
    public async Task ClearAsync()
    {
        var count = 0;
        while (!(await _pages.MeetAsync(count)).Epochs.IsEmpty)
        {
            count++;
        }

        while (count-- > 0)
        {
            await _pages.ClearAsync(count);
        }

        _pages.Forget();
        (_inPages, _restored, Kept) = ([], null, []);
    }
}
