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

    public void Append(RunEvent happened)
    {
        _events.Add(happened with { Sequence = _events.Count + 1, At = time.GetUtcNow() });
        var waiting = _next;
        _next = NewSignal();
        waiting.SetResult();
    }

    /// <summary>The events after one, waiting for one where there is none yet.</summary>
    /// <param name="after">Sequence number; 0 for the beginning.</param>
    /// <param name="patience">How long to wait.</param>
    /// <returns>Empty where none came in time, or none will come any more.</returns>
    public async Task<ImmutableArray<RunEvent>> ReadAsync(long after, TimeSpan patience)
    {
        if (after >= _events.Count && !IsComplete)
        {
            await _next.Task.WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        return [.. _events.Skip((int)Math.Clamp(after, 0, _events.Count))];
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
