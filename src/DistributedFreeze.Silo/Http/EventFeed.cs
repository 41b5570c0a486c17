using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Grains;

namespace DistributedFreeze.Silo.Http;

/// <summary>One run's events for all who watch it here: each is read and written as JSON once, however many there are.</summary>
/// <remarks>Thread-safe. It begins with the first one who watches, and keeps the latest events; who needs older ones reads them by themselves.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "The source holds neither timer nor handle.")]
internal sealed class EventFeed
{
    /// <summary>Events that are kept for those who are slow, or come a little later.</summary>
    internal const int Kept = 512;

    private readonly IRunGrain _run;
    private readonly CancellationTokenSource _left = new();
    private volatile Turn _now;
    private volatile bool _hasFailed;

    /// <param name="run">The run.</param>
    /// <param name="after">Number of the last event that is not needed.</param>
    public EventFeed(IRunGrain run, long after)
    {
        _run = run;
        _now = new(after, [], NewSignal());
        _ = ReadAsync(); // it throws nothing
    }

    /// <summary>Whether nothing more comes: reading has failed, or the run has ended. True before anybody hears of it, so that who comes back at once gets another feed.</summary>
    public bool IsOver => _hasFailed || _now.IsOver;

    /// <summary>What followed an event, at once where it is there, else when it is.</summary>
    /// <param name="last">Number of the event.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Empty where nothing came for a while; null where older events are asked for than are kept.</returns>
    /// <exception cref="Exception">What reading the run's events failed with.</exception>
    public async Task<ImmutableArray<EventFrame>?> NextAsync(long last, CancellationToken cancellationToken)
    {
        var turn = _now;
        if (last >= turn.Last && !turn.IsOver)
        {
            await turn.Next.Task.WaitAsync(cancellationToken);
            turn = _now;
        }

        return last < turn.Before ? null
            : last >= turn.Last ? turn.End // told once more to who has it already, as the run does
            : turn.Frames[(int)(last - turn.Before)..];
    }

    /// <summary>Nobody watches any more.</summary>
    public void Leave() => _left.Cancel();

    private async Task ReadAsync()
    {
        try
        {
            while (!_now.IsOver)
            {
                Take(EventFrame.Of(await _run.ReadEventsAsync(_now.Last).WaitAsync(_left.Token)));
            }
        }
        catch (Exception reason)
        {
            _hasFailed = true;
            _now.Next.TrySetException(reason);
            _ = _now.Next.Task.Exception; // there may be nobody to hear it
        }
    }

    private void Take(ImmutableArray<EventFrame> frames)
    {
        var before = _now;
        if (frames is [{ IsEnd: true } end] && end.Sequence == before.Last)
        {
            before = before with { Before = end.Sequence - 1, Frames = [] }; // told once more
        }

        var all = before.Frames.AddRange(frames.Where(frame => frame.Sequence > before.Last));
        var gone = Math.Max(0, all.Length - Kept);
        _now = new(before.Before + gone, all[gone..], NewSignal());
        before.Next.TrySetResult(); // the signal is the one that they wait for
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="Before">Number of the last event that is not kept.</param>
    /// <param name="Frames">Those that followed it.</param>
    /// <param name="Next">Completes when there is more, or nothing came for a while.</param>
    private sealed record Turn(long Before, ImmutableArray<EventFrame> Frames, TaskCompletionSource Next)
    {
        public long Last => Before + Frames.Length;

        public bool IsOver => !End.IsEmpty;

        /// <summary>The end, where it has come; else nothing.</summary>
        public ImmutableArray<EventFrame> End { get; } = Frames is [.., { IsEnd: true } end] ? [end] : [];
    }
}
