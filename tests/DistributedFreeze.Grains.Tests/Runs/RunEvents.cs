using DistributedFreeze.Client;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Runs;

/// <summary>Watching runs to their end.</summary>
internal static class RunEvents
{
    public static async Task<List<RunEvent>> ToTheEndAsync(IGrainFactory grains, string runId)
    {
        var events = new List<RunEvent>();
        await foreach (var happened in new DistributedFreezeClient(grains).WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            events.Add(happened);
        }

        return events;
    }

    /// <summary>Reads a run's events up to the first of a kind.</summary>
    public static async Task UntilAsync<T>(IRunGrain run)
        where T : RunEvent
    {
        for (var last = 0L; ;)
        {
            foreach (var happened in await run.ReadEventsAsync(last))
            {
                last = happened.Sequence;
                if (happened is T)
                {
                    return;
                }
            }
        }
    }

    public static async Task<RunEvent.Ended> EndAsync(IGrainFactory grains, string runId) =>
        Assert.IsType<RunEvent.Ended>((await ToTheEndAsync(grains, runId))[^1]);
}
