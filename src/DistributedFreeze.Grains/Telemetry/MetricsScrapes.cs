namespace DistributedFreeze.Grains.Telemetry;

/// <summary>Whether Prometheus is asking this silo for its metrics just now.</summary>
/// <remarks>
/// A collector that metrics are sent to reads the same instruments, and so do other silos of the process. Only who scrapes needs counters that begin
/// at 0, and nobody else may use their beginning up. The exporter reads on a thread of its own, so the flow of a request can't tell. Thread-safe.
/// </remarks>
public sealed class MetricsScrapes
{
    private int _underWay;
    private long _begun;

    /// <summary>The scrape under way, by number; the last one where there are several, null where there is none.</summary>
    internal long? Current => Volatile.Read(ref _underWay) > 0 ? Interlocked.Read(ref _begun) : null;

    /// <summary>Answers a scrape.</summary>
    /// <param name="answer">Reads the metrics and writes them.</param>
    public async Task AnswerAsync(Func<Task> answer)
    {
        Interlocked.Increment(ref _begun);
        Interlocked.Increment(ref _underWay);
        try
        {
            await answer();
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
