using DistributedFreeze.Chaos.Stage;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Chaos.Checks;

/// <summary>What must be true of what a run has told, whatever befell it.</summary>
internal static class StoryCheck
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);

    /// <summary>What is wrong with the numbers and the end of a stream of events.</summary>
    /// <param name="told">Numbers and kinds, as they came.</param>
    /// <param name="by">Who told it.</param>
    public static IEnumerable<string> OfStream(IReadOnlyList<(long Id, string Kind)> told, string by)
    {
        for (var i = 0; i < told.Count; i++)
        {
            if (told[i].Id != i + 1)
            {
                yield return $"{by}: event {told[i].Id} ({told[i].Kind}) came where {i + 1} was due";
                break;
            }
        }

        var ends = told.Count(one => one.Kind == "ended");
        if (ends != 1)
        {
            yield return $"{by}: {ends} of {told.Count} events are an end";
        }
        else if (told[^1].Kind != "ended")
        {
            yield return $"{by}: {told[^1].Kind} follows the end";
        }
    }

    /// <summary>Times in which nothing was told for longer than anything may take.</summary>
    /// <param name="told">The story.</param>
    /// <param name="outages">Times in which the run had to wait for something.</param>
    /// <param name="byArrival">Whether an event's own time may be wrong, so that the time of its arrival counts.</param>
    public static IEnumerable<string> OfSilence(
        IReadOnlyList<Told> told, IReadOnlyCollection<(DateTimeOffset From, DateTimeOffset To)> outages, bool byArrival)
    {
        foreach (var (before, after) in told.Zip(told.Skip(1)))
        {
            var (from, to) = byArrival ? (before.At, after.At) : (before.Event.At, after.Event.At);
            var outage = outages.Where(away => away.To > from && away.From < to).Sum(away => (away.To - away.From).TotalSeconds);
            var silence = (to - from).TotalSeconds - outage;
            if (silence > LongestSilence.TotalSeconds && before.Event is not RunEvent.Paused)
            {
                yield return $"nothing happened for {silence:0} s after event {before.Event.Sequence} ({before.Event.GetType().Name})";
            }
        }
    }

    /// <summary>The most steps that were told again.</summary>
    public static int Repeated(IEnumerable<RunEvent> told)
    {
        var done = 0;
        var most = 0;
        foreach (var window in told.OfType<RunEvent.WindowDone>())
        {
            most = Math.Max(most, done - (Progress.StepsDone(window) - window.WindowSteps));
            done = Progress.StepsDone(window);
        }

        return most;
    }

    /// <summary>The longest that passed between the ends of two windows, in seconds; null where there are no two.</summary>
    public static double? LongestGap(IEnumerable<RunEvent> told)
    {
        var windows = told.OfType<RunEvent.WindowDone>().Select(window => window.At).ToList();
        return windows.Count < 2 ? null : windows.Zip(windows.Skip(1), (before, after) => (after - before).TotalSeconds).Max();
    }

    /// <summary>Seconds from the last failure to the end of the first window of a group that knows of it.</summary>
    public static double? Recovery(IReadOnlyList<RunEvent> told, IReadOnlyCollection<SiloFailure> failures)
    {
        if (failures.Count == 0)
        {
            return null;
        }

        var last = failures.Max(failure => failure.At);
        var next = told.Where(happened => happened.At > last).SkipWhile(happened => happened is not (RunEvent.ReplicaLost or RunEvent.Regrouped or RunEvent.PickedUp)).OfType<RunEvent.WindowDone>().FirstOrDefault();
        return next is null ? null : (next.At - last).TotalSeconds;
    }
}
