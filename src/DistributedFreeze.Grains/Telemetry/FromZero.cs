using System.Collections.Concurrent;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>Lets each series of a counter begin at 0, whatever has been counted before somebody first looks.</summary>
/// <remarks>
/// Prometheus takes the first value of a series as where it stands and no rise, so a run that another silo goes on with would hide the very loss
/// that brought it there, and a short run most of its images. What is told as 0 once is a rise the next time. What else reads the metrics gets
/// the values: see <see cref="MetricsScrapes"/>. Thread-safe.
/// </remarks>
/// <param name="scrapes">This silo's.</param>
internal sealed class FromZero(MetricsScrapes scrapes)
{
    private readonly ConcurrentDictionary<(string Owner, string Series), long> _firstScrapes = new();

    /// <summary>What to tell: 0 to the first scrape, the value from then on.</summary>
    /// <param name="owner">Whom the series goes with.</param>
    /// <param name="series">Its name among the owner's.</param>
    /// <param name="value">What has been counted.</param>
    public T Value<T>(string owner, string series, T value)
        where T : struct => scrapes.Current is { } scrape && _firstScrapes.GetOrAdd((owner, series), scrape) == scrape ? default : value;

    /// <summary>The owner's series are gone; those of another of its name begin at 0 again.</summary>
    public void Forget(string owner)
    {
        foreach (var series in _firstScrapes.Keys.Where(series => series.Owner == owner))
        {
            _firstScrapes.TryRemove(series, out _);
        }
    }
}
