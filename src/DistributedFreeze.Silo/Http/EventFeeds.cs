using DistributedFreeze.Grains;

namespace DistributedFreeze.Silo.Http;

/// <summary>The feeds of the runs that are watched through this silo.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class EventFeeds
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (EventFeed Feed, int Watchers)> _feeds = new(StringComparer.Ordinal);

    /// <summary>Joins those who watch a run; to be left.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="run">Its grain.</param>
    /// <param name="after">Number of the last event that is not needed.</param>
    public Membership Join(string runId, IRunGrain run, long after)
    {
        lock (_lock)
        {
            var (feed, watchers) = _feeds.TryGetValue(runId, out var known) && !known.Feed.IsOver ? known : (new(run, after), 0);
            _feeds[runId] = (feed, watchers + 1);
            return new(feed, () => Leave(runId, feed));
        }
    }

    private void Leave(string runId, EventFeed feed)
    {
        lock (_lock)
        {
            if (!_feeds.TryGetValue(runId, out var known) || known.Feed != feed)
            {
                return; // another one took its place, when it was over
            }

            if (known.Watchers > 1)
            {
                _feeds[runId] = (feed, known.Watchers - 1);
                return;
            }

            _feeds.Remove(runId);
            feed.Leave();
        }
    }

    /// <summary>One who watches a run.</summary>
    /// <param name="feed">The run's events.</param>
    /// <param name="leave">Is done once.</param>
    internal sealed class Membership(EventFeed feed, Action leave) : IDisposable
    {
        private int _left;

        public EventFeed Feed => feed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                leave();
            }
        }
    }
}
