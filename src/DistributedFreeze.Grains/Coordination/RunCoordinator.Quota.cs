using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <content>The catalogue counts a caller's runs while it lists them: two that are submitted at a time cannot both be the last.</content>
internal sealed partial class RunCoordinator
{
    /// <summary>Between a run's entry in the list and its first record.</summary>
    private readonly SemaphoreSlim _entering = new(1);

    private DateTimeOffset? _emptySince;

    /// <exception cref="QuotaExceededException">Its owner has as many runs as they may have.</exception>
    private async Task ListAsync(RunOwner? owner, RunTraits traits)
    {
        var most = owner?.Quota?.Runs;
        if (most is { } quota && !await Catalogue.AddOwnedAsync(RunId, owner!.Id, quota))
        {
            throw Exceeded(owner, quota);
        }

        try
        {
            await Catalogue.EnterAsync(RunId, traits);
        }
        catch (Exception) // also from a silo of a version that knows no traits: lists that are filtered ask the run itself
        {
            if (most is null)
            {
                await Catalogue.AddAsync(RunId);
            }
        }
    }

    /// <exception cref="QuotaExceededException">Its owner has as many runs as they may have.</exception>
    private async Task ListAgainAsync(RunOwner? owner)
    {
        if (owner?.Quota?.Runs is not { } most)
        {
            await Catalogue.MarkAsync(RunId, unfinished: true);
        }
        else if (!await Catalogue.MarkOwnedAsync(RunId, owner.Id, most))
        {
            throw Exceeded(owner, most);
        }
    }

    /// <summary>Takes a run from the list of which nothing is stored for a while: it would count against its owner's quota for ever.</summary>
    private async Task ForgetEmptyAsync()
    {
        var now = services.Time.GetUtcNow();
        _emptySince ??= now; // a start on another silo may be between list and store
        if (now - _emptySince < services.Options.EmptyEntryTime || !await _entering.WaitAsync(TimeSpan.Zero))
        {
            return;
        }

        try
        {
            if (_stored.Submission is null && await IsStoredAsync())
            {
                await Catalogue.RemoveAsync(RunId);
            }
        }
        finally
        {
            _entering.Release();
        }
    }

    private static QuotaExceededException Exceeded(RunOwner owner, int most) => new(
        $"runs: {PlainText.Line(owner.Name)} may have {most} that wait or go on at a time, and has as many; let one end, or pause or cancel one.");
}
