using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>The events of one run, numbered, and those who wait for the next one.</summary>
/// <remarks>Belongs to one grain, whose turns never overlap.</remarks>
internal sealed class RunEventLog(TimeProvider time)
{
    private readonly List<RunEvent> _events = [];
    private TaskCompletionSource _next = NewSignal();

    /// <summary>True once the run has ended: no event follows.</summary>
    public bool IsComplete => _events is [.., RunEvent.Ended];

    /// <summary>Number of the last event; 0 where there is none.</summary>
    public long Last => _events is [.., var last] ? last.Sequence : 0;

    /// <summary>Starts with the end of a run whose other events are gone.</summary>
    /// <param name="ended">The end.</param>
    /// <param name="sequence">Its number, as it was or would have been; 0 where nobody knows.</param>
    public void Restore(RunEvent.Ended ended, long sequence) =>
        _events.Add(ended with { Sequence = Math.Max(1, sequence), At = time.GetUtcNow() });

    public void Append(RunEvent happened)
    {
        _events.Add(happened with { Sequence = Last + 1, At = time.GetUtcNow() });
        var waiting = _next;
        _next = NewSignal();
        waiting.SetResult();
    }

    /// <summary>The events after one, waiting for one where there is none yet.</summary>
    /// <param name="after">Sequence number; 0 for the beginning.</param>
    /// <param name="patience">How long to wait.</param>
    /// <returns>
    /// Empty where none came in time. Of a run that has ended never empty: a reader that counted further than a restored log is told the end.
    /// </returns>
    public async Task<ImmutableArray<RunEvent>> ReadAsync(long after, TimeSpan patience)
    {
        if (after >= Last && !IsComplete)
        {
            await _next.Task.WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        ImmutableArray<RunEvent> later = [.. _events.SkipWhile(happened => happened.Sequence <= after)];
        return later.IsEmpty && IsComplete ? [_events[^1]] : later;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
