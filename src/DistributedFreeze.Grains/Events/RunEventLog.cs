using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Events;

/// <summary>The events of one run, numbered and stored, and those who wait for the next one.</summary>
/// <remarks>
/// Belongs to one grain, whose turns never overlap. An event that happened is stored behind the caller's back, together with all that
/// happened meanwhile, and nobody reads it before it is: what was told once is never taken back. In memory there is the last block alone, and
/// what a store that is away has not taken yet.
/// </remarks>
/// <param name="blocks">Where they are stored.</param>
/// <param name="time">The clock.</param>
/// <param name="lost">Is told once that storing failed; nothing is stored or told from there on.</param>
internal sealed class RunEventLog(IEventBlocks blocks, TimeProvider time, Action<CoordinatorLostException> lost)
{
    private readonly Queue<Pending> _pending = [];
    private TaskCompletionSource _next = NewSignal();
    private Task _storing = Task.CompletedTask;
    private ImmutableArray<RunEvent> _tail = [];
    private int _tailNumber;

    /// <summary>True where the run's last event is its end.</summary>
    public bool IsComplete => _tail is [.., RunEvent.Ended];

    /// <summary>Number of the last event that is stored; 0 where there is none.</summary>
    public long Last => ((long)_tailNumber * EventBlock.Size) + _tail.Length;

    /// <summary>Finds the last event again.</summary>
    /// <param name="near">A number that it may have.</param>
    public async Task RestoreAsync(long near)
    {
        _tailNumber = EventBlock.NumberOf(Math.Max(1, near));
        _tail = (await blocks.ReadAsync(_tailNumber)).Events;
        while (_tail.IsEmpty && _tailNumber > 0)
        {
            _tail = (await blocks.ReadAsync(--_tailNumber)).Events;
        }

        while (_tail.Length == EventBlock.Size && (await blocks.ReadAsync(_tailNumber + 1)).Events is { IsEmpty: false } following)
        {
            _tailNumber++;
            _tail = following;
        }
    }

    /// <summary>Takes note of an event. It is numbered and stored in its turn.</summary>
    public void Append(RunEvent happened) => Enqueue(new(happened with { At = time.GetUtcNow() }, Then: null));

    /// <summary>Does something once all is stored that was appended before, and before anything is that is appended after.</summary>
    /// <param name="action">Stores something else; where that fails, nothing is stored or told from there on.</param>
    public void Then(Func<Task> action) => Enqueue(new(Happened: null, action));

    private void Enqueue(Pending next)
    {
        _pending.Enqueue(next);
        if (_storing.IsCompletedSuccessfully)
        {
            _storing = StoreAsync();
        }
    }

    /// <summary>Completes once everything that was appended is stored.</summary>
    /// <exception cref="CoordinatorLostException">Storing failed.</exception>
    public Task FlushAsync() => _storing;

    /// <summary>The events after one, waiting for one where there is none yet.</summary>
    /// <param name="after">Sequence number; 0 for the beginning.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <returns>
    /// At most a block of them. Empty where none came in time; never empty where the run has ended: who has read to the end is told the end
    /// once more.
    /// </returns>
    public async Task<ImmutableArray<RunEvent>> ReadAsync(long after, TimeSpan timeout)
    {
        after = Math.Max(0, after);
        if (after >= Last && !IsComplete)
        {
            await _next.Task.WaitAsync(timeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        if (after >= Last)
        {
            return IsComplete ? [_tail[^1]] : [];
        }

        var number = EventBlock.NumberOf(after + 1);
        var block = number == _tailNumber ? _tail : (await blocks.ReadAsync(number)).Events;
        return [.. block.Skip((int)(after % EventBlock.Size))];
    }

    /// <summary>Removes every event; the next one is the first again.</summary>
    public async Task ClearAsync()
    {
        // The last one first: what a failure leaves is still a beginning without gaps.
        for (; _tailNumber > 0; _tailNumber--)
        {
            await blocks.ClearAsync(_tailNumber);
        }

        await blocks.ClearAsync(0);
        _tail = (await blocks.ReadAsync(0)).Events;
    }

    private async Task StoreAsync()
    {
        try
        {
            while (_pending.TryPeek(out var next))
            {
                if (next.Then is { } action)
                {
                    await action();
                    _pending.Dequeue();
                    continue;
                }

                if (_tail.Length == EventBlock.Size)
                {
                    await BeginBlockAsync();
                }

                await StoreAsync([.. _pending.Select(one => one.Happened).TakeWhile(one => one is not null).Take(EventBlock.Size - _tail.Length)!]);
            }
        }
        catch (Exception reason)
        {
            var loss = reason as CoordinatorLostException ?? new CoordinatorLostException(reason);
            lost(loss);
            throw loss;
        }
    }

    private async Task BeginBlockAsync()
    {
        if (!await blocks.CanBeginAsync(_tailNumber + 1))
        {
            throw new InvalidOperationException("Someone else has written further events.");
        }

        _tailNumber++;
        _tail = [];
    }

    private async Task StoreAsync(ImmutableArray<RunEvent> happened)
    {
        var block = _tail.AddRange(happened.Select((one, index) => one with { Sequence = Last + 1 + index }));
        await blocks.WriteAsync(_tailNumber, new() { Events = block });
        for (var count = 0; count < happened.Length; count++)
        {
            _pending.Dequeue();
        }

        _tail = block;
        var waiting = _next;
        _next = NewSignal();
        waiting.SetResult();
    }

    /// <summary>A waiter continues in a turn of this grain, never on another thread.</summary>
    private static TaskCompletionSource NewSignal() => new();

    /// <summary>What waits to be stored: an event, or something that comes between two.</summary>
    private readonly record struct Pending(RunEvent? Happened, Func<Task>? Then);
}
