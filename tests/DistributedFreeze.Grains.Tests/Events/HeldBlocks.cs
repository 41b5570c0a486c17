using DistributedFreeze.Grains.Events;

namespace DistributedFreeze.Grains.Tests.Events;

/// <summary>Blocks in memory, whose writes a test can hold back or break.</summary>
internal sealed class HeldBlocks : IEventBlocks
{
    private readonly SortedDictionary<int, EventBlock> _blocks = [];
    private TaskCompletionSource? _gate;

    /// <summary>Numbers of the blocks that are stored.</summary>
    public IEnumerable<int> Stored => _blocks.Keys;

    /// <summary>Blocks that were read, in order.</summary>
    public List<int> Read { get; } = [];

    /// <summary>How many writes were asked for.</summary>
    public int Writes { get; private set; }

    /// <summary>What writing ends with; null where it succeeds.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Keeps every write waiting from here on.</summary>
    public void Hold() => _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets the writes go on.</summary>
    public void Release()
    {
        var gate = _gate;
        _gate = null;
        gate?.SetResult();
    }

    public Task<EventBlock> ReadAsync(int number)
    {
        Read.Add(number);
        return Task.FromResult(_blocks.GetValueOrDefault(number) ?? new());
    }

    public async Task<bool> CanBeginAsync(int number) => (await ReadAsync(number)).Events.IsEmpty;

    public async Task WriteAsync(int number, EventBlock block)
    {
        Writes++;
        await (_gate?.Task ?? Task.CompletedTask);
        _blocks[number] = Failure is null ? block : throw Failure;
    }

    public Task ClearAsync(int number)
    {
        _blocks.Remove(number);
        return Task.CompletedTask;
    }
}
