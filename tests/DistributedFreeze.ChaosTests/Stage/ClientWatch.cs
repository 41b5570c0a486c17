using DistributedFreeze.Client;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>Watches a run by the client, from its first event to its last.</summary>
internal static class ClientWatch
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Watches until the run has ended or is deleted.</summary>
    public static async Task FollowAsync(SiloCluster cluster, string runId, Story story, CancellationToken cancellationToken)
    {
        await using var reach = new Reach(cluster);
        while (!story.IsOver)
        {
            using var connected = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var watch = WatchAsync(reach, runId, story, connected.Token);
            while (await Task.WhenAny(watch, Task.Delay(Pause, cancellationToken)) != watch)
            {
                if (!reach.IsConnected && cluster.Gateways.Count > 0)
                {
                    await connected.CancelAsync(); // it would wait for gateways that never come back
                }
            }

            try
            {
                await watch;
                story.End();
            }
            catch (RunNotFoundException)
            {
                story.End();
            }
            catch (Exception reason) when (reason is ClusterUnavailableException || (reason is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    private static async Task WatchAsync(Reach reach, string runId, Story story, CancellationToken cancellationToken)
    {
        var client = await reach.ConnectAsync(cancellationToken);
        await foreach (var happened in client.WatchAsync(runId, story.Last, cancellationToken))
        {
            story.Add(happened);
        }
    }
}
