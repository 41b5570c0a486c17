namespace DistributedFreeze.Grains.Replicas;

/// <summary>How far a question has come, for those who wait for news of it. Thread-safe.</summary>
/// <param name="time">The clock.</param>
internal sealed class LatestReport(TimeProvider time)
{
    /// <summary>How long a reader waits at most. Who reads is heard of that often.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private AdviceReport _now = new();
    private long _newsVersion = 1;
    private TaskCompletionSource _news = NewSignal();

    /// <summary>The newest one.</summary>
    public AdviceReport Now
    {
        get
        {
            lock (_lock)
            {
                return _now;
            }
        }
    }

    /// <summary>Something has happened; nothing does after the end.</summary>
    /// <param name="change">Makes the next report of the last one.</param>
    public void Change(Func<AdviceReport, AdviceReport> change)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            var next = change(_now);
            if (_now.HasEnded || ReferenceEquals(next, _now))
            {
                return;
            }

            next = next with { Version = _now.Version + 1 };
            var isNews = next.HasEnded || IsElsewhere(next, _now);
            _now = next;
            if (!isNews)
            {
                return; // read after a while: an image more wakes nobody
            }

            _newsVersion = next.Version;
            (waiting, _news) = (_news, NewSignal());
        }

        waiting.SetResult();
    }

    /// <summary>Waits for an end or another stage than the one that was read, or for a while.</summary>
    /// <param name="after">Version of the last report that was read; 0 for none.</param>
    public async Task<AdviceReport> AfterAsync(long after)
    {
        Task news;
        lock (_lock)
        {
            if (_now.HasEnded || _newsVersion > after)
            {
                return _now;
            }

            news = _news.Task;
        }

        await news.WaitAsync(LongestWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return Now;
    }

    private static bool IsElsewhere(AdviceReport one, AdviceReport other) =>
        (one.Progress.Stage, one.Progress.QueuePosition) != (other.Progress.Stage, other.Progress.QueuePosition);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
