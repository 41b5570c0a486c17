namespace DistributedFreeze.Grains.Events;

/// <summary>Where the event blocks of one run are stored, by their numbers from 0.</summary>
internal interface IEventBlocks
{
    /// <summary>Reads a block.</summary>
    /// <returns>An empty block where there is none.</returns>
    Task<EventBlock> ReadAsync(int number);

    /// <summary>Finds out whether a block can be begun, and waits for a store that is away.</summary>
    /// <returns>False where someone else has written it.</returns>
    Task<bool> CanBeginAsync(int number);

    /// <summary>Writes the last block, and waits for a store that is away; the block was read, begun or written before.</summary>
    /// <exception cref="Exception">It cannot be stored, or someone else has written it meanwhile.</exception>
    Task WriteAsync(int number, EventBlock block);

    /// <summary>Removes a block.</summary>
    Task ClearAsync(int number);
}
