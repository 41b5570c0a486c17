using DistributedFreeze.Runs;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>What a run has told so far, as one who watches it from the beginning gets it. Thread-safe.</summary>
internal sealed class Story
{
    private readonly Lock _lock = new();
    private readonly List<Told> _told = [];
    private TaskCompletionSource _more = NewSignal();

    /// <summary>All of it, in the order in which it came.</summary>
    public IReadOnlyList<Told> Told
    {
        get
        {
            lock (_lock)
            {
                return [.. _told];
            }
        }
    }

    /// <summary>Whether nothing follows.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Number of the last event; 0 before the first.</summary>
    public long Last => Told is [.., var last] ? last.Event.Sequence : 0;

    public void Add(RunEvent happened)
    {
        lock (_lock)
        {
            _told.Add(new(happened, TimeProvider.System.GetUtcNow()));
            Signal();
        }
    }

    /// <summary>Nothing follows.</summary>
    public void End()
    {
        lock (_lock)
        {
            IsOver = true;
            Signal();
        }
    }

    /// <summary>Waits until what was told fulfils a condition.</summary>
    /// <returns>False where the story is over without.</returns>
    public async Task<bool> UntilAsync(Func<IReadOnlyList<Told>, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            bool isOver;
            lock (_lock)
            {
                (more, isOver) = (_more.Task, IsOver);
            }

            if (condition(Told))
            {
                return true;
            }

            if (isOver)
            {
                return false;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    private void Signal()
    {
        _more.TrySetResult();
        _more = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>An event.</summary>
/// <param name="Event">What happened.</param>
/// <param name="At">When it arrived.</param>
internal sealed record Told(RunEvent Event, DateTimeOffset At);
