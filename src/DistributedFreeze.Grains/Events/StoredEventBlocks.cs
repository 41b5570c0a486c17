using DistributedFreeze.Grains.Stores;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Events;

/// <summary>A run's event blocks in a grain storage, beside the state of its grain.</summary>
/// <remarks>It remembers the version of the last block that it met, so that two coordinators of one run cannot both write it.</remarks>
internal sealed class StoredEventBlocks(IGrainStorage storage, RetryingStore retrying, GrainId run) : IEventBlocks
{
    private int _number = -1;
    private GrainState<EventBlock> _last = new();

    public async Task<EventBlock> ReadAsync(int number)
    {
        var read = new GrainState<EventBlock>(new());
        await storage.ReadStateAsync(Name(number), run, read);
        if (number >= _number)
        {
            (_number, _last) = (number, read);
        }

        return read.State ?? new();
    }

    public async Task<bool> CanBeginAsync(int number)
    {
        EventBlock? found = null;
        await retrying.WriteAsync(What, async () => found = await ReadAsync(number), () => Task.FromResult(false));
        return found!.Events.IsEmpty;
    }

    public Task WriteAsync(int number, EventBlock block)
    {
        if (number != _number)
        {
            throw new InvalidOperationException($"Block {number} of the events was not read before it is written.");
        }

        var stamped = block with { Stamp = Guid.NewGuid() };
        return retrying.WriteAsync(
            What,
            () =>
            {
                _last.State = stamped;
                return storage.WriteStateAsync(Name(number), run, _last);
            },
            async () =>
            {
                var read = new GrainState<EventBlock>(new());
                await storage.ReadStateAsync(Name(number), run, read);
                if (read.State?.Stamp != stamped.Stamp)
                {
                    return false; // the version stays the one that was met: a block of somebody else's is not overwritten
                }

                _last = read;
                return true;
            });
    }

    public async Task ClearAsync(int number)
    {
        // Its version has to be known.
        var read = new GrainState<EventBlock>(new());
        await storage.ReadStateAsync(Name(number), run, read);
        await storage.ClearStateAsync(Name(number), run, read);
        _number = -1;
    }

    private string What => $"What happened to run {run.Key}";

    private static string Name(int number) => $"events-{number}";
}
