namespace DistributedFreeze.Grains.Devices;

/// <summary>Since when runs wait for devices, as far as the scheduler knows. Not thread-safe.</summary>
/// <remarks>Beginning and ending one takes time by the logarithm of their number.</remarks>
internal sealed class QueueWaits
{
    private readonly Dictionary<string, DateTimeOffset> _since = new(StringComparer.Ordinal);
    private readonly SortedSet<(DateTimeOffset Since, string RunId)> _line = new(
        Comparer<(DateTimeOffset Since, string RunId)>.Create((one, other) =>
            one.Since != other.Since ? one.Since.CompareTo(other.Since) : string.CompareOrdinal(one.RunId, other.RunId)));

    /// <summary>A run waits; one that does already has waited longer.</summary>
    public void Begin(string runId, DateTimeOffset now)
    {
        if (_since.TryAdd(runId, now))
        {
            _line.Add((now, runId));
        }
    }

    /// <summary>A run waits no more, if it did.</summary>
    public void End(string runId)
    {
        if (_since.Remove(runId, out var since))
        {
            _line.Remove((since, runId));
        }
    }

    /// <summary>How long the one that has waited longest waits; 0 where none does.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isKept">Who waits for something else meanwhile: those first in line begin to wait anew.</param>
    public TimeSpan Longest(DateTimeOffset now, Predicate<string> isKept)
    {
        while (_line.Count > 0 && _line.Min is var first && first.Since < now)
        {
            if (!isKept(first.RunId))
            {
                return now - first.Since;
            }

            End(first.RunId);
            Begin(first.RunId, now);
        }

        return TimeSpan.Zero;
    }
}
